DROP INDEX users_usernames;
DROP INDEX permission_assignments_permission;
