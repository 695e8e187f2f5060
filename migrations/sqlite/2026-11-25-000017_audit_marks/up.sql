-- Places in the audit chain that are kept outside it and sealed: its head, and where what retention left of it begins.
CREATE TABLE audit_marks (
    name TEXT PRIMARY KEY NOT NULL,
    event_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    seal TEXT NOT NULL
);

-- From a time to the ids of its events.
CREATE INDEX audit_events_at ON audit_events (at, id);
CREATE INDEX audit_events_request ON audit_events (request_id, id);
