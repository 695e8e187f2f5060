-- A person may have several authenticator apps, each with a name; mailed codes stay one.
ALTER TABLE factors ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE factors ADD COLUMN last_used_at TIMESTAMP;
UPDATE factors SET name = 'Authenticator app' WHERE kind = 'totp';
DROP INDEX factors_live;
CREATE UNIQUE INDEX factors_live ON factors (user_id, kind) WHERE kind = 'email' AND ended_at IS NULL AND confirmed_at IS NOT NULL;
