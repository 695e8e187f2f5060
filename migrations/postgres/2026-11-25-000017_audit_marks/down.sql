DROP INDEX audit_events_request;
DROP INDEX audit_events_at;
DROP TABLE audit_marks;
