-- A service account is a user that a program acts as: it has roles and tokens, and never signs in.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service'));
CREATE INDEX users_service ON users (id) WHERE deleted_at IS NULL AND kind = 'service';
-- Nobody is invited to one.
DROP INDEX users_invited;
CREATE INDEX users_invited ON users (id) WHERE deleted_at IS NULL AND (password_hash IS NULL AND last_sign_in_at IS NULL AND signed_up_at IS NULL AND kind = 'person');
