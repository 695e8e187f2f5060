-- A device may stand in for the second factor for a while: since when, until when, by what proof, and when it last did.
ALTER TABLE devices ADD COLUMN ip TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN trusted_at TIMESTAMP;
ALTER TABLE devices ADD COLUMN trusted_until TIMESTAMP;
ALTER TABLE devices ADD COLUMN trusted_by TEXT;
ALTER TABLE devices ADD COLUMN trust_used_at TIMESTAMP;

ALTER TABLE sign_in_rules ADD COLUMN sessions_at_once BIGINT;
ALTER TABLE sign_in_rules ADD COLUMN every_sign_in BOOLEAN NOT NULL DEFAULT FALSE;

-- The key that a session had when it ended: whoever still has it is told why it ended, and nothing else.
ALTER TABLE sessions ADD COLUMN ended_key_hash TEXT;
CREATE INDEX sessions_ended_key ON sessions (ended_key_hash) WHERE ended_key_hash IS NOT NULL;
