-- Lists of a million rows: search by three letters, and an index for each order and each filter.

-- Whether a confirmed second factor is there, kept by triggers on factors.
ALTER TABLE users ADD COLUMN has_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET has_second_factor = TRUE
    WHERE id IN (SELECT user_id FROM factors WHERE confirmed_at IS NOT NULL AND ended_at IS NULL);

-- Two spaces before each word, so that the beginning of one can be looked for (domain/search.rs).
UPDATE users SET search_key = '  ' || replace(replace(search_key, char(10), ' '), ' ', '  ');
ALTER TABLE permissions ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
UPDATE permissions SET search_key = '  ' || replace(lower(name || ' ' || action || ' ' || label), ' ', '  ');

CREATE TRIGGER factors_new AFTER INSERT ON factors BEGIN
    UPDATE users SET has_second_factor = EXISTS (
        SELECT 1 FROM factors WHERE user_id = new.user_id AND confirmed_at IS NOT NULL AND ended_at IS NULL
    ) WHERE id = new.user_id;
END;
CREATE TRIGGER factors_changed AFTER UPDATE OF confirmed_at, ended_at ON factors BEGIN
    UPDATE users SET has_second_factor = EXISTS (
        SELECT 1 FROM factors WHERE user_id = new.user_id AND confirmed_at IS NOT NULL AND ended_at IS NULL
    ) WHERE id = new.user_id;
END;
CREATE TRIGGER factors_gone AFTER DELETE ON factors BEGIN
    UPDATE users SET has_second_factor = EXISTS (
        SELECT 1 FROM factors WHERE user_id = old.user_id AND confirmed_at IS NOT NULL AND ended_at IS NULL
    ) WHERE id = old.user_id;
END;

CREATE VIRTUAL TABLE users_search USING fts5 (search_key, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1');
INSERT INTO users_search (rowid, search_key) SELECT id, search_key FROM users WHERE deleted_at IS NULL;
CREATE TRIGGER users_search_new AFTER INSERT ON users WHEN new.deleted_at IS NULL BEGIN
    INSERT INTO users_search (rowid, search_key) VALUES (new.id, new.search_key);
END;
CREATE TRIGGER users_search_changed AFTER UPDATE OF search_key, deleted_at ON users BEGIN
    INSERT INTO users_search (users_search, rowid, search_key) SELECT 'delete', old.id, old.search_key WHERE old.deleted_at IS NULL;
    INSERT INTO users_search (rowid, search_key) SELECT new.id, new.search_key WHERE new.deleted_at IS NULL;
END;
CREATE TRIGGER users_search_gone AFTER DELETE ON users WHEN old.deleted_at IS NULL BEGIN
    INSERT INTO users_search (users_search, rowid, search_key) VALUES ('delete', old.id, old.search_key);
END;

CREATE VIRTUAL TABLE permissions_search USING fts5 (search_key, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1');
INSERT INTO permissions_search (rowid, search_key) SELECT id, search_key FROM permissions WHERE deleted_at IS NULL;
CREATE TRIGGER permissions_search_new AFTER INSERT ON permissions WHEN new.deleted_at IS NULL BEGIN
    INSERT INTO permissions_search (rowid, search_key) VALUES (new.id, new.search_key);
END;
CREATE TRIGGER permissions_search_changed AFTER UPDATE OF search_key, deleted_at ON permissions BEGIN
    INSERT INTO permissions_search (permissions_search, rowid, search_key) SELECT 'delete', old.id, old.search_key WHERE old.deleted_at IS NULL;
    INSERT INTO permissions_search (rowid, search_key) SELECT new.id, new.search_key WHERE new.deleted_at IS NULL;
END;
CREATE TRIGGER permissions_search_gone AFTER DELETE ON permissions WHEN old.deleted_at IS NULL BEGIN
    INSERT INTO permissions_search (permissions_search, rowid, search_key) VALUES ('delete', old.id, old.search_key);
END;

-- The orders of the list of users; names and addresses have theirs already.
CREATE INDEX users_created ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_signed_in ON users (coalesce(last_sign_in_at, '1970-01-01 00:00:00'), id) WHERE deleted_at IS NULL;

-- Its filters, each word for word as in db/users/narrow.rs.
CREATE INDEX users_disabled ON users (username_key) WHERE deleted_at IS NULL AND (disabled_at IS NOT NULL OR disable_at IS NOT NULL);
CREATE INDEX users_planned ON users (username_key) WHERE deleted_at IS NULL AND (disable_at IS NOT NULL OR enable_at IS NOT NULL);
CREATE INDEX users_waiting ON users (username_key) WHERE deleted_at IS NULL AND awaits_approval_since IS NOT NULL;
CREATE INDEX users_leaving ON users (username_key) WHERE deleted_at IS NULL AND delete_at IS NOT NULL;
CREATE INDEX users_unverified ON users (username_key) WHERE deleted_at IS NULL AND email_verified_at IS NULL;
CREATE INDEX users_invited ON users (username_key) WHERE deleted_at IS NULL AND (password_hash IS NULL AND last_sign_in_at IS NULL AND signed_up_at IS NULL);
CREATE INDEX users_no_second_factor ON users (username_key) WHERE deleted_at IS NULL AND NOT has_second_factor;

-- Members of a role, what ends soon, and who is signed in.
CREATE INDEX user_assignments_members ON user_assignments (role_id, user_id, valid_from, valid_to);
CREATE INDEX user_assignments_ends ON user_assignments (valid_to, valid_from, user_id) WHERE valid_to IS NOT NULL;
CREATE INDEX sessions_open ON sessions (last_seen_at, expires_at) WHERE ended_at IS NULL;
CREATE INDEX mails_failed ON mails (id) WHERE failed_at IS NOT NULL;
CREATE INDEX mails_user ON mails (user_id, id);
