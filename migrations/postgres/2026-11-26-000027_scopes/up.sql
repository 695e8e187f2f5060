-- Which resources are known: the scopes of assignments, in order.
CREATE INDEX user_assignments_scope ON user_assignments (scope COLLATE "C") WHERE scope <> '';
