DROP INDEX sessions_live_seen;
DROP INDEX sessions_live_began;
DROP INDEX sessions_live_user;
DROP INDEX sessions_live_ip;
DROP INDEX sessions_over;
ALTER TABLE sessions DROP COLUMN user_key;
