DROP INDEX users_invited;
CREATE INDEX users_invited ON users (id) WHERE deleted_at IS NULL AND (password_hash IS NULL AND last_sign_in_at IS NULL AND signed_up_at IS NULL);
DROP INDEX users_service;
ALTER TABLE users DROP COLUMN kind;
