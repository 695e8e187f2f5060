-- Usernames that were chosen at a sign-up with an address that has an account already: they are as taken as if the account
-- had been made, so that asking for them again tells nothing. To the owner of that account they are free.
CREATE TABLE reserved_usernames (
    username_key TEXT PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id)
);
