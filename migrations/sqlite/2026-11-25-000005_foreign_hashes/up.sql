-- Whose password another system hashed: looked up at every sign-in, so that its time does not tell who was imported.
CREATE INDEX users_foreign_hash ON users (username_key) WHERE deleted_at IS NULL AND substr(password_hash, 1, 2) <> '$2';
