-- When the user of a session last proved, by the strongest means of his account, that it is he.
ALTER TABLE sessions ADD COLUMN authenticated_at TIMESTAMP;
