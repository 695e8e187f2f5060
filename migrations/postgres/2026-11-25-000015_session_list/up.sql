-- All live sessions are a list: by when they were seen, by when they began, by user. The user's name stands here too, so
-- that sorting by it reads one index and no user.
ALTER TABLE sessions ADD COLUMN user_key TEXT NOT NULL DEFAULT '';
UPDATE sessions SET user_key = (SELECT username_key FROM users WHERE users.id = sessions.user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_live_seen ON sessions (last_seen_at, id) WHERE ended_at IS NULL AND key_hash IS NOT NULL;
CREATE INDEX sessions_live_began ON sessions (created_at, id) WHERE ended_at IS NULL AND key_hash IS NOT NULL;
CREATE INDEX sessions_live_user ON sessions (user_key, id) WHERE ended_at IS NULL AND key_hash IS NOT NULL;
CREATE INDEX sessions_live_ip ON sessions (ip, id) WHERE ended_at IS NULL AND key_hash IS NOT NULL;
CREATE INDEX sessions_over ON sessions (expires_at) WHERE ended_at IS NULL;
