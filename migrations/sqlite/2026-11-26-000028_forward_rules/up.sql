-- Which permission a request to an application behind a proxy takes, by host, path and method.
CREATE TABLE forward_rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Empty: any; `*.example.com`: all below it.
    host TEXT NOT NULL,
    path TEXT NOT NULL,
    path_key TEXT NOT NULL,
    -- Sorted, separated by commas; empty: all.
    methods TEXT NOT NULL,
    -- Empty: whoever is signed in.
    permission TEXT NOT NULL,
    scope TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id),
    changed_at TIMESTAMP NOT NULL,
    changed_by BIGINT REFERENCES users (id)
);
CREATE UNIQUE INDEX forward_rules_place ON forward_rules (host, path_key, methods);
