-- Long work in the background: what was asked, how far it is, what came of it.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    -- What it does, in words.
    title TEXT NOT NULL,
    begun_by BIGINT NOT NULL REFERENCES users (id),
    -- Where the request that began it came from, and its name.
    ip TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- The roles that were active in the session that began it, as JSON; null: all that its user may activate.
    active_roles TEXT,
    -- JSON.
    asked TEXT NOT NULL,
    -- Packed ids of what it is done to.
    subjects BLOB,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT,
    -- JSON: where to go on.
    mark TEXT,
    -- JSON: what came of it.
    report TEXT,
    error TEXT,
    -- Which run of which node has it, and when that run last gave a sign of life.
    claim TEXT,
    heartbeat_at TIMESTAMP,
    cancel_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    finished_at TIMESTAMP
);
CREATE INDEX jobs_open ON jobs (state, id) WHERE finished_at IS NULL;
CREATE INDEX jobs_begun_by ON jobs (begun_by, id);
CREATE INDEX jobs_finished_at ON jobs (finished_at);

-- What came of each of the subjects.
CREATE TABLE job_rows (
    job_id BIGINT NOT NULL REFERENCES jobs (id),
    subject_id BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'already', 'spared', 'refused')),
    -- Why it was not done; empty: it was.
    why TEXT NOT NULL,
    PRIMARY KEY (job_id, subject_id)
);
CREATE INDEX job_rows_outcome ON job_rows (job_id, outcome, subject_id);

-- Since when an admin demands a second factor of just this user, whatever his roles demand.
ALTER TABLE users ADD COLUMN second_factor_demanded_at TIMESTAMP;
