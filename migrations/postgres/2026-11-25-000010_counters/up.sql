-- How many living rows there are: to count a million for each page of a list takes too long.
CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    n BIGINT NOT NULL
);
INSERT INTO counters (name, n)
    SELECT 'users', count(*) FROM users WHERE deleted_at IS NULL
    UNION ALL SELECT 'roles', count(*) FROM roles WHERE deleted_at IS NULL
    UNION ALL SELECT 'permissions', count(*) FROM permissions WHERE deleted_at IS NULL;

-- Of a statement all new rows at once: a counter that is raised a thousand times in one transaction is slow.
CREATE FUNCTION count_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE counters SET n = n + (SELECT count(*) FROM rows WHERE deleted_at IS NULL) WHERE name = TG_TABLE_NAME;
    RETURN NULL;
END $$;
CREATE FUNCTION count_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE counters SET n = n - (SELECT count(*) FROM rows WHERE deleted_at IS NULL) WHERE name = TG_TABLE_NAME;
    RETURN NULL;
END $$;
CREATE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE counters SET n = n + CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END WHERE name = TG_TABLE_NAME;
    RETURN NULL;
END $$;

CREATE TRIGGER users_count_new AFTER INSERT ON users REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_new();
CREATE TRIGGER users_count_changed AFTER UPDATE OF deleted_at ON users FOR EACH ROW
    WHEN ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL)) EXECUTE FUNCTION count_changed();
CREATE TRIGGER users_count_gone AFTER DELETE ON users REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_gone();

CREATE TRIGGER roles_count_new AFTER INSERT ON roles REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_new();
CREATE TRIGGER roles_count_changed AFTER UPDATE OF deleted_at ON roles FOR EACH ROW
    WHEN ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL)) EXECUTE FUNCTION count_changed();
CREATE TRIGGER roles_count_gone AFTER DELETE ON roles REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_gone();

CREATE TRIGGER permissions_count_new AFTER INSERT ON permissions REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_new();
CREATE TRIGGER permissions_count_changed AFTER UPDATE OF deleted_at ON permissions FOR EACH ROW
    WHEN ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL)) EXECUTE FUNCTION count_changed();
CREATE TRIGGER permissions_count_gone AFTER DELETE ON permissions REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_gone();
