-- Codes for the second step when the device is gone: 125 random bits, kept as a keyed hash, each works once.
-- New ones replace the old.
CREATE TABLE recovery_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    code_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE UNIQUE INDEX recovery_codes_hash ON recovery_codes (user_id, code_hash);
