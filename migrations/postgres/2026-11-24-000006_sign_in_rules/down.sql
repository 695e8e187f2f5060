ALTER TABLE users DROP COLUMN second_factor_due_at;
DROP TABLE sign_in_rules;
