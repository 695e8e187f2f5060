//! The addresses of `/api/v1`, each with what it does. The reference at `/api/docs` is made of this.

mod operation;

use super::*;
use crate::web::api::noun::{Noun, delete, get, noun, patch, post, put};

/// What programs ask a thousand times as often as anything else: see [`crate::web::routes::questions`].
pub fn questions() -> Vec<Noun> {
    vec![
        noun(
            "/check",
            [post(checks::create, "May he?").details(
                "Answers 200 whether he may or not. About others it takes `rolecall.checks:read` in that scope.",
            )],
        ),
        noun(
            "/check/batch",
            [post(checks::create_batch, "May he, many times?").details(
                "Up to 500 questions, answered in order by one state, or none: a wrong one is named by its place.",
            )],
        ),
        noun("/me/check", [post(checks::create_mine, "May I?")]),
        noun("/me/check/batch", [post(checks::create_my_batch, "May I, many times?")]),
        noun(
            "/explain",
            [
                get(explanations::get, "Why, or why not?")
                    .details("The question in the address; attributes need a body."),
                post(explanations::create, "Why, or why not?").details(
                    "As `/check`, answered with the way from the user to the permission, or with what is missing.",
                ),
            ],
        ),
    ]
}

/// All else.
pub fn all() -> Vec<Noun> {
    [oneself(), sessions_(), users_(), roles_(), permissions_(), constraints_(), operation::all()]
        .into_iter()
        .flatten()
        .collect()
}

const PAGED: &str = "Paged: `limit`, `cursor`.";
/// What the search in a log means.
const IN_EVENTS: &str = "Words in names, action or reason, or that begin a value of the data; all must be found.";
/// What the search in a list that is of users means.
const OF_USERS: &str = "Words in name, username or address of the user; all must be found.";

fn oneself() -> Vec<Noun> {
    vec![
        noun("/me", [
            get(me::get, "Oneself: the user, his factors, roles and rights."),
            patch(my_account::update, "Changes one's own names.").details("What is left out stays as it is. The address has a way of its own."),
        ]),
        noun("/me/activity", [get(audit::list_mine, "What was done by and to oneself, the latest first.")
            .searched(IN_EVENTS)
            .sorted(&["at"])
            .details("No token sees it.")]),
        noun("/me/password", [put(my_account::set_password, "Changes one's own password.")
            .details("With a second factor it takes a recent proof by that, too.")]),
        noun("/me/verification", [post(my_account::mail_verification, "Mails another link that verifies one's own address.")]),
        noun("/me/recovery-codes", [post(my_account::renew_recovery_codes, "Makes new recovery codes.")
            .details("Shown this once; those before end. Needs a recent proof.")]),
        noun("/me/data", [get(my_data::get, "All that is kept of oneself, as a file.").details("Needs a recent proof.")]),
        noun("/me/deletion", [
            post(my_deletion::create, "Asks for the end of one's own account.")
                .details("Until `delete_at` everything else answers 403 `leaving`. 204: no days are configured, and it is gone already."),
            delete(my_deletion::delete, "Keeps one's own account."),
        ]),
        noun("/me/email", [
            post(my_email::create, "Asks for another address of one's own.")
                .details("202: a link was mailed there. 204: only other letters of the same address, which are written at once."),
            delete(my_email::delete, "Leaves one's own address as it is."),
        ]),
        noun("/me/factors", [
            get(my_factors::list, "One's own second factors, the strongest first."),
            post(my_factors::create, "Turns the authenticator app on that was begun, by a code of it."),
        ]),
        noun("/me/factors/enrolment", [post(my_factors::begin, "Begins to set up an authenticator app.")
            .details("Or shows what was begun and not confirmed. What works is not touched.")]),
        noun("/me/factors/email", [post(my_factors::create_email, "Turns mailed codes on.")
            .details("202: a code was mailed; 204: it was sent back, and they are on. Needs a recent proof.")]),
        noun("/me/factors/{id}", [
            patch(my_factors::update, "Renames an authenticator app."),
            delete(my_factors::delete, "Turns a second factor off."),
        ]),
        noun("/me/trusted-devices", [
            get(my_trusted_devices::list, "Devices on which no code is asked for."),
            delete(my_trusted_devices::delete_all, "Ends the trust in all devices."),
        ]),
        noun("/me/trusted-devices/{id}", [delete(my_trusted_devices::delete, "Ends the trust in a device.")]),
        noun("/me/roles/{id}", [delete(my_roles::delete, "Hands a role back.")
            .details("`id` is that of an assignment of one's own. Needs a recent proof.")]),
        noun("/me/tokens", [
            get(my_tokens::list, "One's own API tokens, the live ones first."),
            post(my_tokens::create, "Makes an API token.").details("`secret` is shown this once. Needs a recent proof."),
            delete(my_tokens::delete_all, "Revokes all one's own tokens."),
        ]),
        noun("/me/tokens/{id}", [
            get(my_tokens::get, "A token of one's own."),
            patch(my_tokens::update, "Renames a token."),
            delete(my_tokens::delete, "Revokes a token."),
        ]),
        noun("/me/tokens/{id}/rotation", [post(my_tokens::rotate, "Makes a new token in the place of one.")
            .details("Both work for `overlap_seconds`. `secret` is shown this once. Needs a recent proof.")]),
        noun("/me/permissions", [get(reviews::what_can_i, "What one has in the end, by all roles.")
            .sorted(&["permission"]).details(PAGED)]),
        noun("/me/uses", [get(reviews::my_last_uses, "Which permission one used when.")]),
    ]
}

fn sessions_() -> Vec<Noun> {
    vec![
        noun(
            "/sessions",
            [
                get(sessions::list, "One's own sessions, the latest used first."),
                post(sessions::create, "Signs in.")
                    .open()
                    .details("The answer sets the cookie. 401 `second_factor_required`: again, with `token`."),
            ],
        ),
        noun("/sessions/current", [delete(sessions::delete, "Signs out.")]),
        noun("/sessions/others", [delete(sessions::delete_others, "Ends one's own other sessions.")]),
        noun(
            "/sessions/current/reauthentication",
            [
                get(reauthentication::get, "What a proof of oneself takes, and until when none is needed."),
                post(reauthentication::create, "Proves that it is oneself.")
                    .details("200: the cookie has a new key. 202: a code is on its way."),
            ],
        ),
        noun(r"/sessions/{id:\d+}", [delete(sessions::delete_one, "Ends a session of one's own.")]),
        noun(
            "/sessions/{id}/roles",
            [
                get(session_roles::list, "The active roles of a session.").details(CURRENT),
                put(session_roles::update, "Runs a session with just these roles.").details(CURRENT),
                post(session_roles::create, "Activates a role.").details(CURRENT),
            ],
        ),
        noun(
            "/sessions/{id}/roles/{role_id}",
            [delete(session_roles::delete, "Drops an active role.").details(CURRENT)],
        ),
        noun("/sessions/{id}/permissions", [get(session_roles::permissions, "What a session has.").details(CURRENT)]),
    ]
}

const CURRENT: &str = "`current` is an id, too: the session of the request.";

fn users_() -> Vec<Noun> {
    vec![
        noun("/users", [
            get(users::list, "Users.")
                .searched(OF_USERS)
                .sorted(&["username", "email", "created", "last_sign_in"])
                .filtered(&USER_FILTERS)
                .narrowed("role", &[], "The id of a role: only who holds it now."),
            post(users::create, "Makes a user.")
                .details("He is mailed a link to choose a password; a service account is not. `roles` are given with it, all or nothing."),
        ]),
        noun("/assignments", [patch(ending::update, "Sets the end of several assignments, all or none.")]),
        noun("/assignments/ending", [get(ending::list, "Assignments that end soon, the next one first.")
            .searched(OF_USERS).sorted(&["ends"]).details(PAGED)]),
        noun("/assignments/taking", [post(ending::delete, "Takes several assignments away, all or none.")]),
        noun("/users/{id}/security", [get(user_security::get, "How a user signs in.")]),
        noun("/users/{id}/password-reset", [post(user_security::mail_reset, "Mails a user a link to choose a password.")
            .details("Needs a recent proof.")]),
        noun("/users/{id}/trusted-devices", [delete(user_security::distrust_all, "Ends the trust in all devices of a user.")]),
        noun("/users/{id}/trusted-devices/{device_id}", [delete(user_security::distrust, "Ends the trust in one device of a user.")]),
        noun("/users/bulk", [post(user_bulk::create, "One act on many users.")
            .details("200: it is over; 202: it goes on in the background. Either way with its job, whose rows tell of each user.")]),
        noun("/users/all/sessions", [
            get(all_sessions::list, "All live sessions.")
                .searched("A user, or the beginning of an address.")
                .sorted(&["seen", "began", "user"])
                .filtered(&["mine", "no-second-factor", "idle", "restricted"]),
            delete(user_sessions::delete_everybodys, "Ends the sessions of all users.").details("Needs every right."),
        ]),
        noun("/users/{id}", [
            get(users::get, "A user."),
            patch(users::update, "Changes a user.").details("What is left out stays as it is."),
            delete(users::delete, "Deletes a user."),
        ]),
        noun("/users/{id}/approval", [
            post(user_approval::create, "Lets somebody in who signed up and waits."),
            delete(user_approval::delete, "Turns somebody away who signed up and waits."),
        ]),
        noun("/users/{id}/invitation", [
            post(user_invitation::create, "Mails an invitation again."),
            delete(user_invitation::delete, "Takes an invitation back.").details("The account goes."),
        ]),
        noun("/users/{id}/disabled", [
            post(user_disabled::create, "Disables a user, now or beforehand.")
                .details("Ends his sessions at that moment. What was set before is replaced."),
            delete(user_disabled::delete, "Enables a user.").details("And takes back what was set beforehand."),
        ]),
        noun("/users/{id}/factors", [delete(user_factors::delete, "Takes all second factors off somebody who lost them.")
            .details("Needs a `reason`, which he is told by mail. Ends his sessions.")]),
        noun("/users/{id}/permissions", [get(reviews::what_can, "What a user has in the end, by all roles.")
            .sorted(&["permission"]).details(PAGED)]),
        noun("/users/{id}/authorized-roles", [get(reviews::authorized_roles, "His roles and all that they include.")]),
        noun("/users/{id}/operations/{resource}", [
            get(reviews::user_operations, "The registered permissions on a resource that a user has."),
        ]),
        noun("/users/{id}/uses", [get(reviews::last_uses, "Which permission a user last used when.")]),
        noun("/users/{id}/timeline", [get(timelines::of_user, "The roles that a user had, and when he could not sign in.")
            .searched("Words in names, place or reason; all must be found.").sorted(&["what", "from"]).filtered(&["assignment", "suspension"]).details(PAGED)]),
        noun("/users/{id}/comparison", [get(reviews::compare, "What a user gained and lost between two moments.")]),
        noun("/users/{id}/comparison/{other_id}", [
            get(reviews::compare_users, "What each of two users has that the other has not."),
        ]),
        noun("/users/{id}/roles", [
            get(user_roles::list, "The roles of a user."),
            post(user_roles::create, "Gives a user a role."),
        ]),
        noun("/users/{id}/roles/{assignment_id}", [
            get(user_roles::get, "An assignment."),
            patch(user_roles::update, "Sets the end of an assignment.")
                .details("The old interval is closed, and the answer is the new one."),
            delete(user_roles::delete, "Takes a role from a user."),
        ]),
        noun("/users/{id}/sessions", [
            get(user_sessions::list, "The sessions of a user, the latest used first."),
            delete(user_sessions::delete_all, "Ends all sessions of a user."),
        ]),
        noun("/users/{id}/sessions/{session_id}", [delete(user_sessions::delete, "Ends a session of a user.")]),
        noun("/users/{id}/tokens", [
            get(user_tokens::list, "The API tokens of a user, the live ones first."),
            post(user_tokens::create, "Makes an API token of a service account.")
                .details("`secret` is shown this once; it names nothing that one has not oneself."),
            delete(user_tokens::delete_all, "Revokes all tokens of a user."),
        ]),
        noun("/users/{id}/tokens/{token_id}", [
            get(user_tokens::get, "A token of a user."),
            patch(user_tokens::update, "Renames a token."),
            delete(user_tokens::delete, "Revokes a token."),
        ]),
        noun("/users/{id}/tokens/{token_id}/rotation", [
            post(user_tokens::rotate, "Makes a new token of a service account in the place of one."),
        ]),
    ]
}

/// What `/users` can be narrowed to.
const USER_FILTERS: [&str; 10] = [
    "active",
    "disabled",
    "planned",
    "waiting",
    "leaving",
    "unverified",
    "invited",
    "service",
    "no-second-factor",
    "ending",
];

fn roles_() -> Vec<Noun> {
    vec![
        noun(
            "/roles",
            [
                get(roles::list, "Roles and groups.")
                    .searched("Words in the name; all must be found.")
                    .sorted(&["name"])
                    .filtered(&["role", "group"]),
                post(roles::create, "Makes a role or a group.")
                    .details("With its inclusions and permissions, all or nothing (AddAscendant, AddDescendant)."),
            ],
        ),
        noun(
            "/roles/{id}",
            [
                get(roles::get, "A role."),
                patch(roles::update, "Changes a role.").details("What is left out stays as it is."),
                delete(roles::delete, "Deletes a role.").details("With all that it gave."),
            ],
        ),
        noun(
            "/roles/{id}/permissions",
            [
                get(role_permissions::list, "The permissions of a role's own."),
                post(role_permissions::create, "Gives a role a permission or a pattern."),
            ],
        ),
        noun(
            "/roles/{id}/permissions/{grant_id}",
            [
                get(role_permissions::get, "One of a role's own permissions."),
                delete(role_permissions::delete, "Takes a permission from a role."),
            ],
        ),
        noun(
            "/roles/{id}/effective-permissions",
            [get(reviews::role_permissions, "What a role has, with what included roles give.")],
        ),
        noun(
            "/roles/{id}/operations/{resource}",
            [get(reviews::role_operations, "The registered permissions on a resource that a role has.")],
        ),
        noun(
            "/roles/{id}/timeline",
            [get(timelines::of_role, "What a role had and included, and who had it.")
                .searched("Words in names, permission, place or reason; all must be found.")
                .sorted(&["what", "from"])
                .filtered(&["assignment", "permission", "inclusion"])
                .details(PAGED)],
        ),
        noun(
            "/roles/{id}/assigned-users",
            [get(reviews::assigned_users, "Who has a role by an assignment of its own, the disabled too.")
                .searched(OF_USERS)
                .sorted(&["username"])
                .details(PAGED)],
        ),
        noun(
            "/roles/{id}/authorized-users",
            [get(
                reviews::authorized_users,
                "Who has a role, through roles that include it too, the disabled among them.",
            )
            .searched(OF_USERS)
            .sorted(&["username"])
            .details(PAGED)],
        ),
        noun(
            "/roles/{id}/inclusions",
            [
                get(role_inclusions::list, "The roles that a role includes."),
                post(role_inclusions::create, "Has a role include another."),
            ],
        ),
        noun(
            "/roles/{id}/inclusions/{inclusion_id}",
            [get(role_inclusions::get, "One inclusion."), delete(role_inclusions::delete, "Ends an inclusion.")],
        ),
        noun(
            "/roles/{id}/sign-in-rules",
            [
                get(role_sign_in_rules::get, "What a role demands of the sign-in of those who have it."),
                put(role_sign_in_rules::update, "Sets what a role demands of sign-ins.")
                    .details("What is left out is not demanded."),
            ],
        ),
    ]
}

fn permissions_() -> Vec<Noun> {
    vec![
        noun(
            "/permissions",
            [
                get(permissions::list, "Registered permissions.")
                    .searched("Words in name, label or description; all must be found.")
                    .sorted(&["name"]),
                post(permissions::create, "Registers a permission."),
            ],
        ),
        noun(
            "/permissions/{id}",
            [
                get(permissions::get, "A permission: which roles have it, who can do it, who used it last."),
                patch(permissions::update, "Changes label and description.").details("The name never changes."),
                delete(permissions::delete, "Removes a permission from the register."),
            ],
        ),
        noun(
            "/permissions/{name}/users",
            [get(reviews::who_can, "Who can?").searched(OF_USERS).sorted(&["username"]).details(PAGED)],
        ),
        noun(
            "/permission-matrix",
            [
                get(permission_matrix::get, "Roles against the permissions of one resource.")
                    .searched("Words in the name of a role; all must be found.")
                    .sorted(&["name"])
                    .filtered(&["having", "role", "group"])
                    .details("`cursor` pages the roles, `columns` the permissions."),
                patch(permission_matrix::update, "Gives and takes many, all or nothing."),
            ],
        ),
    ]
}

fn constraints_() -> Vec<Noun> {
    vec![
        noun(
            "/constraints",
            [
                get(constraints::list, "Separation of duty, and standing rules."),
                post(constraints::create, "Makes a constraint."),
            ],
        ),
        noun(
            "/constraints/{id}",
            [
                get(constraints::get, "A constraint."),
                patch(constraints::update, "Changes its number."),
                delete(constraints::delete, "Lifts a constraint."),
            ],
        ),
        noun("/constraints/{id}/violations", [get(constraint_violations::get, "Who breaks it at present.")]),
        noun("/constraints/{id}/roles", [post(constraints::create_role, "Adds a role to the set.")]),
        noun("/constraints/{id}/roles/{role_id}", [delete(constraints::delete_role, "Takes a role from the set.")]),
    ]
}
