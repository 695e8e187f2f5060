-- API tokens: what programs prove themselves by. A row is never deleted: whoever had one is found later too.
CREATE TABLE api_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- As whom it acts.
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    -- The beginning of the token, by which its owner knows it again.
    prefix TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    -- The patterns that it is limited to, separated by spaces; null: all that its owner has.
    patterns TEXT,
    scope TEXT NOT NULL,
    -- The networks that it is taken from, separated by spaces; empty: from anywhere.
    networks TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id),
    expires_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    last_used_ip TEXT,
    revoked_at TIMESTAMP,
    -- The token that took its place, and until when both work.
    replaced_by BIGINT REFERENCES api_tokens (id),
    retires_at TIMESTAMP,
    -- When its owner was told that it ends soon.
    warned_at TIMESTAMP
);
CREATE INDEX api_tokens_user ON api_tokens (user_id, id);
CREATE INDEX api_tokens_ending ON api_tokens (expires_at) WHERE revoked_at IS NULL AND warned_at IS NULL;

-- By which of the actor's tokens it was done.
ALTER TABLE audit_events ADD COLUMN token_id BIGINT;
ALTER TABLE audit_events ADD COLUMN token_name TEXT;

-- The token that began it: the work keeps to its limits.
ALTER TABLE jobs ADD COLUMN token_id BIGINT;
