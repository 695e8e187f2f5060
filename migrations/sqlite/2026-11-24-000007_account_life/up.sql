-- When somebody signed up by himself; null: an admin, the command line or an import made the account.
ALTER TABLE users ADD COLUMN signed_up_at TIMESTAMP;
-- Since when somebody who signed up waits for an admin's approval.
ALTER TABLE users ADD COLUMN awaits_approval_since TIMESTAMP;
-- From when on a user is disabled, and enabled again, where that was set beforehand.
ALTER TABLE users ADD COLUMN disable_at TIMESTAMP;
ALTER TABLE users ADD COLUMN enable_at TIMESTAMP;
-- When the account will be deleted, because its owner asked for it.
ALTER TABLE users ADD COLUMN delete_at TIMESTAMP;

-- Two more purposes of links, and the address that a link is about as it was typed: SQLite changes a CHECK only with its table.
CREATE TABLE links_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'invite', 'verify_email', 'reset_password', 'not_me', 'change_email', 'undo_email')),
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT REFERENCES users (id),
    email_key TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    address TEXT
);
INSERT INTO links_new SELECT id, purpose, token_hash, user_id, email_key, created_at, expires_at, used_at, NULL FROM links;
DROP TABLE links;
ALTER TABLE links_new RENAME TO links;
CREATE INDEX links_user ON links (user_id, purpose);
