-- How many events of a kind there were on which day (UTC, `2026-03-02`): kept beside the log, so that nobody counts it.
CREATE TABLE daily_counts (
    day TEXT NOT NULL,
    action TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (day, action)
);
INSERT INTO daily_counts (day, action, n)
SELECT to_char(at, 'YYYY-MM-DD'), action, count(*) FROM audit_events
WHERE action IN ('session.begin', 'session.refused') GROUP BY to_char(at, 'YYYY-MM-DD'), action;
