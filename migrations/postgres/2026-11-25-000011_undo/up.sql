-- Until when an assignment was to hold that was ended before: taking away overwrites valid_to, undoing it needs the old one.
ALTER TABLE user_assignments ADD COLUMN planned_to TIMESTAMP;

-- All that one change did.
CREATE INDEX audit_events_revision ON audit_events (revision, id);
