-- What was set while Rolecall runs; a name is that of the environment variable, which goes before it.
CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    changed_by BIGINT REFERENCES users (id)
);
