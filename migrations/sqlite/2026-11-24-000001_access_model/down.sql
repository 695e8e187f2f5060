DROP TABLE permission_uses;
DROP TABLE constraint_roles;
DROP TABLE constraints;
DROP TABLE suspensions;
DROP TABLE session_roles;
ALTER TABLE sessions DROP COLUMN restricted;
ALTER TABLE permission_assignments DROP COLUMN condition;
ALTER TABLE user_assignments DROP COLUMN condition;
