-- Writes of programs that may be sent again: by the key that their sender made up, with the answer, sealed.
CREATE TABLE idempotency_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    key_hash TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- Null while the answer is being made.
    answer BLOB,
    created_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX idempotency_keys_key ON idempotency_keys (user_id, key_hash);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
