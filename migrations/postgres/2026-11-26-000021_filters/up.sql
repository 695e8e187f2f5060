-- Who is disabled, planned or waiting is counted by the index alone; and what begins later is few, however large the role.
DROP INDEX users_disabled;
CREATE INDEX users_disabled ON users (disabled_at, disable_at, enable_at) WHERE deleted_at IS NULL AND (disabled_at IS NOT NULL OR disable_at IS NOT NULL);
DROP INDEX users_planned;
CREATE INDEX users_planned ON users (disable_at, enable_at) WHERE deleted_at IS NULL AND (disable_at IS NOT NULL OR enable_at IS NOT NULL);
DROP INDEX users_waiting;
CREATE INDEX users_waiting ON users (email_verified_at) WHERE deleted_at IS NULL AND awaits_approval_since IS NOT NULL;
CREATE INDEX user_assignments_to_come ON user_assignments (role_id, valid_from) WHERE ended_at IS NULL AND valid_from <> given_at;
