ALTER TABLE users DROP COLUMN delete_at;
ALTER TABLE users DROP COLUMN enable_at;
ALTER TABLE users DROP COLUMN disable_at;
ALTER TABLE users DROP COLUMN awaits_approval_since;
ALTER TABLE users DROP COLUMN signed_up_at;
DELETE FROM links WHERE purpose IN ('change_email', 'undo_email');
ALTER TABLE links DROP COLUMN address;
ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('setup', 'invite', 'verify_email', 'reset_password', 'not_me'));
