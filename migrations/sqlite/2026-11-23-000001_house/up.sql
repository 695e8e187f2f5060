-- The house of DESIGN section 3. SQLite and PostgreSQL differ only in how an id is made and how bytes are called.
-- Rights are intervals [valid_from, valid_to); states are times; secrets are hashes or ciphertext. All times are UTC.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    password_hash TEXT,
    password_changed_at TIMESTAMP,
    email_verified_at TIMESTAMP,
    last_sign_in_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP,
    deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX users_username_key ON users (username_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email_key ON users (email_key) WHERE deleted_at IS NULL;

-- The authenticators beside the password (NIST SP 800-63B): 'totp' has a sealed secret, 'email' has none.
CREATE TABLE factors (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('totp', 'email')),
    secret BLOB,
    last_step BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL,
    confirmed_at TIMESTAMP,
    ended_at TIMESTAMP
);
CREATE UNIQUE INDEX factors_live ON factors (user_id, kind) WHERE ended_at IS NULL AND confirmed_at IS NOT NULL;
CREATE INDEX factors_user ON factors (user_id);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    key_hash TEXT UNIQUE,
    factors TEXT NOT NULL,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    end_reason TEXT
);
CREATE INDEX sessions_user ON sessions (user_id, ended_at);

-- A right password whose second factor is still due. Never a session.
CREATE TABLE pending_logins (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key_hash TEXT UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX pending_logins_user ON pending_logins (user_id, finished_at);

-- Mailed one-time codes: a keyed hash bound to a purpose, at most one live code a binding.
CREATE TABLE codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    binding TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    used_at TIMESTAMP
);
CREATE INDEX codes_binding ON codes (binding, used_at);
CREATE INDEX codes_user ON codes (user_id, created_at);

-- One-time links: first-admin set-up, e-mail verification, password reset. Only the hash of the token is here.
CREATE TABLE links (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'invite', 'verify_email', 'reset_password')),
    token_hash TEXT NOT NULL UNIQUE,
    user_id BIGINT REFERENCES users (id),
    email_key TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX links_user ON links (user_id, purpose);

-- Attempts that are counted before the work is done, so that parallel tries and restarts gain nothing.
CREATE TABLE throttles (
    bucket TEXT PRIMARY KEY NOT NULL,
    hits BIGINT NOT NULL,
    window_start TIMESTAMP NOT NULL,
    last_at TIMESTAMP NOT NULL
);

CREATE TABLE roles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('role', 'group')),
    description TEXT NOT NULL,
    built_in BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id),
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX roles_name_key ON roles (name_key) WHERE deleted_at IS NULL;

CREATE TABLE permissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    resource TEXT NOT NULL,
    action TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    description TEXT NOT NULL,
    built_in BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by BIGINT REFERENCES users (id),
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP
);
CREATE UNIQUE INDEX permissions_name ON permissions (name) WHERE deleted_at IS NULL;

-- UA: user -> role, in a scope, for a time, by somebody, for a reason.
CREATE TABLE user_assignments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    role_id BIGINT NOT NULL REFERENCES roles (id),
    scope TEXT NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    reason TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    given_by BIGINT REFERENCES users (id),
    ended_at TIMESTAMP,
    ended_by BIGINT REFERENCES users (id),
    end_reason TEXT
);
CREATE UNIQUE INDEX user_assignments_live ON user_assignments (user_id, role_id, scope) WHERE ended_at IS NULL;
CREATE INDEX user_assignments_role ON user_assignments (role_id, valid_to);

-- PA: role -> permission pattern.
CREATE TABLE permission_assignments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    role_id BIGINT NOT NULL REFERENCES roles (id),
    resource TEXT NOT NULL,
    action TEXT NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    reason TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    given_by BIGINT REFERENCES users (id),
    ended_at TIMESTAMP,
    ended_by BIGINT REFERENCES users (id),
    end_reason TEXT
);
CREATE UNIQUE INDEX permission_assignments_live ON permission_assignments (role_id, resource, action) WHERE ended_at IS NULL;

-- RH: the senior role has all that the junior one has.
CREATE TABLE role_inclusions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    senior_id BIGINT NOT NULL REFERENCES roles (id),
    junior_id BIGINT NOT NULL REFERENCES roles (id),
    valid_from TIMESTAMP NOT NULL,
    valid_to TIMESTAMP,
    reason TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    given_by BIGINT REFERENCES users (id),
    ended_at TIMESTAMP,
    ended_by BIGINT REFERENCES users (id),
    end_reason TEXT,
    CHECK (senior_id <> junior_id)
);
CREATE UNIQUE INDEX role_inclusions_live ON role_inclusions (senior_id, junior_id) WHERE ended_at IS NULL;
CREATE INDEX role_inclusions_junior ON role_inclusions (junior_id, valid_to);

-- One row: the number of the last change to rights or sessions; on PostgreSQL also the one writer's lock.
-- The epoch tells two histories apart (a restored backup gets a new one).
CREATE TABLE revision (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    number BIGINT NOT NULL,
    epoch TEXT NOT NULL
);

-- What each revision touched: kind is 'user', 'role', 'permission' or 'session'.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX changes_revision ON changes (revision);

-- Append-only and hash-chained; detail_hash covers the salted names and values, so that those can be
-- erased one day without breaking the chain.
CREATE TABLE audit_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at TIMESTAMP NOT NULL,
    revision BIGINT,
    action TEXT NOT NULL,
    actor_id BIGINT,
    object_kind TEXT NOT NULL,
    object_id BIGINT,
    request_id TEXT NOT NULL,
    ip TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    object_name TEXT NOT NULL,
    before TEXT,
    after TEXT,
    reason TEXT NOT NULL,
    detail_salt TEXT NOT NULL,
    detail_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_events_actor ON audit_events (actor_id, id);
CREATE INDEX audit_events_object ON audit_events (object_kind, object_id, id);
CREATE INDEX audit_events_action ON audit_events (action, id);

-- The outbox. The body is sealed and is erased when the mail has been sent: it may hold live codes and links.
CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id),
    to_name TEXT NOT NULL,
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BLOB,
    created_at TIMESTAMP NOT NULL,
    next_try_at TIMESTAMP,
    tries BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    sent_at TIMESTAMP,
    failed_at TIMESTAMP
);
CREATE INDEX mails_due ON mails (next_try_at);
