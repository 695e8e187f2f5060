ALTER TABLE users DROP COLUMN second_factor_demanded_at;
DROP TABLE job_rows;
DROP TABLE jobs;
