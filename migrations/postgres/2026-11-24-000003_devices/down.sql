DELETE FROM links WHERE purpose = 'not_me';
ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('setup', 'invite', 'verify_email', 'reset_password'));
DROP TABLE devices;
