DROP INDEX user_assignments_scope;
