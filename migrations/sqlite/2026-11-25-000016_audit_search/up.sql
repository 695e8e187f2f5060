-- What one request did is found by its name.
CREATE INDEX audit_events_request ON audit_events (request_id);
