ALTER TABLE jobs DROP COLUMN token_id;
ALTER TABLE audit_events DROP COLUMN token_name;
ALTER TABLE audit_events DROP COLUMN token_id;
DROP TABLE api_tokens;
