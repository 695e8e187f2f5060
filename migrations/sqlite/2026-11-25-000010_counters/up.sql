-- How many living rows there are: to count a million for each page of a list takes too long.
CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    n BIGINT NOT NULL
);
INSERT INTO counters (name, n)
    SELECT 'users', count(*) FROM users WHERE deleted_at IS NULL
    UNION ALL SELECT 'roles', count(*) FROM roles WHERE deleted_at IS NULL
    UNION ALL SELECT 'permissions', count(*) FROM permissions WHERE deleted_at IS NULL;

CREATE TRIGGER users_count_new AFTER INSERT ON users WHEN new.deleted_at IS NULL BEGIN
    UPDATE counters SET n = n + 1 WHERE name = 'users';
END;
CREATE TRIGGER users_count_changed AFTER UPDATE OF deleted_at ON users WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
    UPDATE counters SET n = n + CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END WHERE name = 'users';
END;
CREATE TRIGGER users_count_gone AFTER DELETE ON users WHEN old.deleted_at IS NULL BEGIN
    UPDATE counters SET n = n - 1 WHERE name = 'users';
END;

CREATE TRIGGER roles_count_new AFTER INSERT ON roles WHEN new.deleted_at IS NULL BEGIN
    UPDATE counters SET n = n + 1 WHERE name = 'roles';
END;
CREATE TRIGGER roles_count_changed AFTER UPDATE OF deleted_at ON roles WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
    UPDATE counters SET n = n + CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END WHERE name = 'roles';
END;
CREATE TRIGGER roles_count_gone AFTER DELETE ON roles WHEN old.deleted_at IS NULL BEGIN
    UPDATE counters SET n = n - 1 WHERE name = 'roles';
END;

CREATE TRIGGER permissions_count_new AFTER INSERT ON permissions WHEN new.deleted_at IS NULL BEGIN
    UPDATE counters SET n = n + 1 WHERE name = 'permissions';
END;
CREATE TRIGGER permissions_count_changed AFTER UPDATE OF deleted_at ON permissions WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
    UPDATE counters SET n = n + CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END WHERE name = 'permissions';
END;
CREATE TRIGGER permissions_count_gone AFTER DELETE ON permissions WHEN old.deleted_at IS NULL BEGIN
    UPDATE counters SET n = n - 1 WHERE name = 'permissions';
END;
