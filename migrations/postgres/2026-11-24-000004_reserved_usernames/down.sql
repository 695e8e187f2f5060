DROP TABLE reserved_usernames;
