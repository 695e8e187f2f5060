-- The access model: conditions, sessions that run with a part of the roles, constraints, and what was used when.

-- Text of a condition on the attributes of a request; null: without.
ALTER TABLE user_assignments ADD COLUMN condition TEXT;
ALTER TABLE permission_assignments ADD COLUMN condition TEXT;

-- A restricted session has only the roles of session_roles active; any other has all that its user may activate.
ALTER TABLE sessions ADD COLUMN restricted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE session_roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    session_id BIGINT NOT NULL REFERENCES sessions (id),
    role_id BIGINT NOT NULL REFERENCES roles (id),
    UNIQUE (session_id, role_id)
);

-- When users were disabled: users.disabled_at knows only the present.
CREATE TABLE suspensions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP
);
CREATE INDEX suspensions_user ON suspensions (user_id, valid_to);
INSERT INTO suspensions (user_id, valid_from) SELECT id, disabled_at FROM users WHERE disabled_at IS NOT NULL AND deleted_at IS NULL;

-- What must hold after every change: separation of duty, and standing rules.
CREATE TABLE constraints (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ssd', 'dsd', 'at_least', 'at_most', 'requires', 'never', 'only_within')),
    n BIGINT,
    role_id BIGINT REFERENCES roles (id),
    required_id BIGINT REFERENCES roles (id),
    resource TEXT,
    action TEXT,
    reason TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id),
    ended_at TIMESTAMP,
    ended_by BIGINT REFERENCES users (id),
    end_reason TEXT
);
CREATE UNIQUE INDEX constraints_name_key ON constraints (name_key) WHERE ended_at IS NULL;

-- The roles of an SSD or DSD set.
CREATE TABLE constraint_roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    constraint_id BIGINT NOT NULL REFERENCES constraints (id),
    role_id BIGINT NOT NULL REFERENCES roles (id),
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP
);
CREATE UNIQUE INDEX constraint_roles_live ON constraint_roles (constraint_id, role_id) WHERE valid_to IS NULL;

-- When a user last used a permission; written at most once a minute for each pair.
CREATE TABLE permission_uses (
    user_id BIGINT NOT NULL REFERENCES users (id),
    permission_id BIGINT NOT NULL REFERENCES permissions (id),
    last_used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, permission_id)
);
