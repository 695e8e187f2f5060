DROP INDEX user_assignments_to_come;
DROP INDEX users_disabled;
CREATE INDEX users_disabled ON users (username_key) WHERE deleted_at IS NULL AND (disabled_at IS NOT NULL OR disable_at IS NOT NULL);
DROP INDEX users_planned;
CREATE INDEX users_planned ON users (username_key) WHERE deleted_at IS NULL AND (disable_at IS NOT NULL OR enable_at IS NOT NULL);
DROP INDEX users_waiting;
CREATE INDEX users_waiting ON users (username_key) WHERE deleted_at IS NULL AND awaits_approval_since IS NOT NULL;
