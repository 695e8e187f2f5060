-- When somebody signed up by himself; null: an admin, the command line or an import made the account.
ALTER TABLE users ADD COLUMN signed_up_at TIMESTAMP;
-- Since when somebody who signed up waits for an admin's approval.
ALTER TABLE users ADD COLUMN awaits_approval_since TIMESTAMP;
-- From when on a user is disabled, and enabled again, where that was set beforehand.
ALTER TABLE users ADD COLUMN disable_at TIMESTAMP;
ALTER TABLE users ADD COLUMN enable_at TIMESTAMP;
-- When the account will be deleted, because its owner asked for it.
ALTER TABLE users ADD COLUMN delete_at TIMESTAMP;

-- Two more purposes of links, and the address that a link is about as it was typed.
ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('setup', 'invite', 'verify_email', 'reset_password', 'not_me', 'change_email', 'undo_email'));
ALTER TABLE links ADD COLUMN address TEXT;
