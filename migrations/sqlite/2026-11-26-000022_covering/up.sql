-- The filters' indexes give ids, so that nobody is looked at to count them; the latest assignments of a role stand in order; and
-- whether a session lives is known by the index of addresses.
DROP INDEX users_disabled;
CREATE INDEX users_disabled ON users (disabled_at, disable_at, enable_at, id) WHERE deleted_at IS NULL AND (disabled_at IS NOT NULL OR disable_at IS NOT NULL);
DROP INDEX users_planned;
CREATE INDEX users_planned ON users (disable_at, enable_at, id) WHERE deleted_at IS NULL AND (disable_at IS NOT NULL OR enable_at IS NOT NULL);
DROP INDEX users_leaving;
CREATE INDEX users_leaving ON users (id) WHERE deleted_at IS NULL AND delete_at IS NOT NULL;
DROP INDEX users_unverified;
CREATE INDEX users_unverified ON users (id) WHERE deleted_at IS NULL AND email_verified_at IS NULL;
DROP INDEX users_invited;
CREATE INDEX users_invited ON users (id) WHERE deleted_at IS NULL AND (password_hash IS NULL AND last_sign_in_at IS NULL AND signed_up_at IS NULL);
DROP INDEX users_no_second_factor;
CREATE INDEX users_no_second_factor ON users (id) WHERE deleted_at IS NULL AND NOT has_second_factor;
DROP INDEX user_assignments_role;
CREATE INDEX user_assignments_role ON user_assignments (role_id, id);
DROP INDEX sessions_live_ip;
CREATE INDEX sessions_live_ip ON sessions (ip, last_seen_at, expires_at) WHERE ended_at IS NULL AND key_hash IS NOT NULL;
