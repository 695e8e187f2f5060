DROP TABLE forward_rules;
