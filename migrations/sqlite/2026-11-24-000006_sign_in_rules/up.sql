-- What a role demands of the sign-in of those who have it. No row: nothing.
CREATE TABLE sign_in_rules (
    role_id BIGINT PRIMARY KEY NOT NULL REFERENCES roles (id),
    second_factor TEXT NOT NULL CHECK (second_factor IN ('optional', 'any', 'app')),
    idle_minutes BIGINT,
    session_hours BIGINT,
    ends_sessions BOOLEAN NOT NULL
);

-- From when on a user without the second factor that is demanded can do nothing but set it up.
ALTER TABLE users ADD COLUMN second_factor_due_at TIMESTAMP;
