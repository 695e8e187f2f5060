-- What a role once gave and included: its time line, and what a user had at some moment.
CREATE INDEX permission_assignments_role ON permission_assignments (role_id, id);
CREATE INDEX role_inclusions_senior ON role_inclusions (senior_id, id);
