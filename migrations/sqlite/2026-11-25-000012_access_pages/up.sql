-- What somebody had at any time; what ends soon; the permissions of a resource; the last use of a permission.
CREATE INDEX user_assignments_user ON user_assignments (user_id, valid_to);
CREATE INDEX user_assignments_ending ON user_assignments (valid_to, id) WHERE ended_at IS NULL AND valid_to IS NOT NULL;
CREATE INDEX permissions_resource ON permissions (resource, name) WHERE deleted_at IS NULL;
CREATE INDEX permission_uses_permission ON permission_uses (permission_id, last_used_at);
