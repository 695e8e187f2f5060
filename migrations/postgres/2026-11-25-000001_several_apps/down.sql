-- Of several apps the first stays.
UPDATE factors SET ended_at = confirmed_at, secret = NULL
WHERE ended_at IS NULL AND confirmed_at IS NOT NULL
  AND id NOT IN (SELECT min(id) FROM factors WHERE ended_at IS NULL AND confirmed_at IS NOT NULL GROUP BY user_id, kind);
DROP INDEX factors_live;
CREATE UNIQUE INDEX factors_live ON factors (user_id, kind) WHERE ended_at IS NULL AND confirmed_at IS NOT NULL;
ALTER TABLE factors DROP COLUMN last_used_at;
ALTER TABLE factors DROP COLUMN name;
