//! The addresses of the replaced system that speak JSON.

use super::*;
use crate::web::api::noun::{Noun, delete, get, noun, post};

/// What everybody may ask. Some share their address with a page: see [`crate::web::routes`].
pub fn open() -> Vec<Noun> {
    vec![
        noun(
            "/signup",
            [post(signup::create, "Signs up.")
                .open()
                .details("201 for a known address too: its owner gets a mail. 409 for a taken username.")],
        ),
        noun(
            "/login",
            [post(login::create, "Signs in.")
                .open()
                .details("401 with `two_factor_required` when a second factor is due: again, with `token`.")],
        ),
        noun("/logout", [post(login::delete, "Signs out.").open()]),
        noun("/verify_email/{token}", [get(verification::get, "Uses a link up that verifies an address.").open()]),
        noun(
            "/forgot_password",
            [post(passwords::create, "Mails a link to choose a new password.")
                .open()
                .details("The same answer whether the address belongs to somebody or not.")],
        ),
        noun("/reset_password/{token}", [post(passwords::update, "Chooses a new password by a mailed link.").open()]),
        noun("/check_auth_status", [get(auth_status::get, "Whether somebody is signed in: `success` tells.").open()]),
        noun("/current_user_details", [get(current_user::get, "Oneself.")]),
        noun("/twofa_uri", [get(twofa::get, "The address for the QR code of an authenticator app.")]),
        noun("/update_twofa", [post(twofa::update, "Turns the authenticator app on or off.")]),
    ]
}

/// What the panel's rights are needed for. It stands under `/admin` too.
pub fn admin() -> Vec<Noun> {
    vec![
        noun("/roles", [get(roles::list, "All roles.")]),
        noun("/permissions", [get(permissions::list, "All permissions.")]),
        noun("/users/details", [get(users::list, "Users.")]),
        noun("/logs", [get(logs::list, "The audit log, the latest first.")]),
        noun("/assign_role_to_user", [post(user_roles::create, "Gives a user a role.")]),
        noun("/assign_permission_to_role", [post(role_permissions::create, "Gives a role a permission.")]),
        noun("/create_role", [post(roles::create, "Makes a role.")]),
        noun("/create_permission", [post(permissions::create, "Registers a permission.")]),
        noun("/delete_role", [delete(roles::delete, "Deletes a role.")]),
        noun("/delete_permission", [delete(permissions::delete, "Removes a permission from the register.")]),
    ]
}
