DROP INDEX audit_events_revision;
ALTER TABLE user_assignments DROP COLUMN planned_to;
