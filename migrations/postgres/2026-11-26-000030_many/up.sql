-- Who could do something at some moment: the roles that had it then.
CREATE INDEX permission_assignments_permission ON permission_assignments (resource, action, id);
