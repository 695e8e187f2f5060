DROP INDEX permission_assignments_role;
DROP INDEX role_inclusions_senior;
