DROP INDEX permission_uses_permission;
DROP INDEX permissions_resource;
DROP INDEX user_assignments_ending;
DROP INDEX user_assignments_user;
