-- Who could do something at some moment: the roles that had it then.
CREATE INDEX permission_assignments_permission ON permission_assignments (resource, action, id);
-- Tens of thousands of users who were found by their words are sorted without reading each whole row.
CREATE INDEX users_usernames ON users (id, username_key) WHERE deleted_at IS NULL;
