ALTER TABLE users DROP COLUMN delete_at;
ALTER TABLE users DROP COLUMN enable_at;
ALTER TABLE users DROP COLUMN disable_at;
ALTER TABLE users DROP COLUMN awaits_approval_since;
ALTER TABLE users DROP COLUMN signed_up_at;
DELETE FROM links WHERE purpose IN ('change_email', 'undo_email');
CREATE TABLE links_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'invite', 'verify_email', 'reset_password', 'not_me')),
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT REFERENCES users (id),
    email_key TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
INSERT INTO links_new SELECT id, purpose, token_hash, user_id, email_key, created_at, expires_at, used_at FROM links;
DROP TABLE links;
ALTER TABLE links_new RENAME TO links;
CREATE INDEX links_user ON links (user_id, purpose);
