//! Clients of the replaced system go on: its routes, its payloads, its answers.

use crate::support::{Answer, Program, Site, password};
use serde_json::{Value, json};

fn said(answer: &Answer, status: u16, message: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["success"], body["message"].as_str()),
        (status, &json!(true), Some(message)),
        "{body}"
    );
}

/// A JSON object of texts as the fields of a form.
fn form(program: &mut Program, path: &str, body: &Value) -> Answer {
    let fields: Vec<(String, String)> = body
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let borrowed: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    program.form(path, &borrowed)
}

/// The examples of the replaced system's README, in order, sent by `post`.
fn readme(post: fn(&mut Program, &str, &Value) -> Answer) {
    let site = Site::new();
    let mut john = site.program();
    let answer = post(
        &mut john,
        "/signup",
        &json!({ "first_name": "John", "last_name": "Doe", "username": "johndoe", "email": "john.doe@example.com", "password": "securepassword" }),
    );
    said(&answer, 201, "Please check your email to verify your account");
    let answer = post(
        &mut john,
        "/login",
        &json!({ "username_or_email": "johndoe", "password": "securepassword", "token": "optional_otp_token" }),
    );
    said(&answer, 200, "Login successful");
    assert_eq!(answer.json()["user"]["username"], "johndoe");
    let mut ada = site.program_of("ada");
    said(
        &post(&mut ada, "/create_permission", &json!({ "name": "NewPermissionName" })),
        201,
        "Permission \"NewPermissionName\" created successfully",
    );
    assert_eq!(post(&mut ada, "/create_permission", &json!({ "name": "Create Post" })).status, 201);
    for _ in 0..2 {
        said(
            &post(
                &mut ada,
                "/assign_permission_to_role",
                &json!({ "permission_name": "Create Post", "role_name": "Admin" }),
            ),
            200,
            "Permission assigned to role",
        );
        said(
            &post(&mut ada, "/assign_role_to_user", &json!({ "user_id": 1, "role_id": 1 })),
            200,
            "Role assigned to user",
        );
    }
    said(&post(&mut john, "/logout", &json!({})), 200, "Logout successful");
    assert_eq!(john.get("/check_auth_status").json()["success"], false);
}

#[test]
fn the_readme_of_the_replaced_system_works_as_json() {
    readme(|program, path, body| program.post(path, body.clone()));
}

#[test]
fn the_readme_of_the_replaced_system_works_as_forms() {
    readme(form);
}

#[test]
fn one_can_ask_whether_one_is_signed_in_and_as_whom() {
    let site = Site::new();
    let answer = site.program().get("/check_auth_status");
    assert_eq!((answer.status, answer.json()), (200, json!({ "success": false, "message": "User is not logged in" })));
    assert_eq!(site.program().get("/current_user_details").status, 401);
    let mut bob = site.program_of("bob");
    said(&bob.get("/check_auth_status"), 200, "User is currently logged in");
    let body = bob.get("/current_user_details").json();
    assert_eq!(
        (&body["success"], &body["message"]["email"], &body["user"]["id"]),
        (&json!(true), &json!("bob@example.com"), &json!(site.id("bob")))
    );
    assert!(!body.to_string().contains("hash"), "{body}");
}

#[test]
fn a_role_is_made_used_and_deleted_also_under_admin() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (prefix, number) in [("", 1), ("/admin", 2)] {
        let (role, permission) = (format!("Editor {number}"), format!("Edit Post {number}"));
        let answer = ada.post(&format!("{prefix}/create_role"), json!({ "name": role }));
        said(&answer, 201, &format!("Role \"{role}\" created successfully"));
        let role_id = answer.json()["role"]["id"].clone();
        let permission_id =
            ada.post(&format!("{prefix}/create_permission"), json!({ "name": permission })).json()["permission"]["id"]
                .clone();
        said(
            &ada.post(
                &format!("{prefix}/assign_permission_to_role"),
                json!({ "permission_name": permission, "role_name": role }),
            ),
            200,
            "Permission assigned to role",
        );
        said(
            &ada.post(
                &format!("{prefix}/assign_role_to_user"),
                json!({ "user_id": site.id("eve"), "role_id": role_id }),
            ),
            200,
            "Role assigned to user",
        );
        let mine = site.program_of("eve").get("/api/v1/me").json();
        assert_eq!(mine["permissions"][0]["permission"], format!("app:edit-post-{number}"));
        let roles = ada.get(&format!("{prefix}/roles")).json();
        assert!(roles["roles"].as_array().unwrap().contains(&json!({ "id": role_id, "name": role })), "{roles}");
        let permissions = ada.get(&format!("{prefix}/permissions")).json();
        let wanted =
            json!({ "id": permission_id, "name": permission, "permission": format!("app:edit-post-{number}") });
        assert!(permissions["permissions"].as_array().unwrap().contains(&wanted), "{permissions}");
        said(
            &ada.json("DELETE", &format!("{prefix}/delete_role"), json!({ "role_id": role_id })),
            200,
            "Role deleted successfully",
        );
        said(
            &ada.json("DELETE", &format!("{prefix}/delete_permission"), json!({ "permission_id": permission_id })),
            200,
            "Permission deleted successfully",
        );
        assert_eq!(site.program_of("eve").get("/api/v1/me").json()["permissions"], json!([]));
        assert_eq!(ada.json("DELETE", &format!("{prefix}/delete_role"), json!({ "role_id": role_id })).status, 404);
    }
}

#[test]
fn a_browser_gets_the_pages_and_a_program_the_json_of_the_same_address() {
    let site = Site::new();
    for path in ["/admin/roles", "/admin/permissions"] {
        assert!(site.browser_of("ada").get(path).has("main h1"), "{path}");
        assert_eq!(site.program_of("ada").get(path).json()["success"], true, "{path}");
    }
    assert!(site.browser().get("/signup").has("form"));
}

#[test]
fn what_belongs_to_rolecall_stays_when_a_client_deletes_it() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (path, body) in
        [("/delete_role", json!({ "role_id": 1 })), ("/delete_permission", json!({ "permission_id": 1 }))]
    {
        let answer = ada.json("DELETE", path, body);
        assert_eq!((answer.status, &answer.json()["success"]), (409, &json!(false)), "{}", answer.body);
    }
}

#[test]
fn details_of_users_come_in_pages() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let (mut names, mut path) = (vec![], "/users/details?limit=2".to_owned());
    loop {
        let body = ada.get(&path).json();
        assert_eq!(body["total"], 3);
        names
            .extend(body["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()));
        let keys: Vec<_> = body["users"][0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys.len(), 5, "{keys:?}");
        match body["next"].as_str() {
            Some(next) => path = format!("/admin/users/details?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["ada", "bob", "eve"]);
}

#[test]
fn logs_are_found_by_page_and_by_cursor_alike() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let ids = |body: &Value| {
        body["logs"].as_array().unwrap().iter().map(|log| log["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let first = ada.get("/logs?per_page=3").json();
    let total = first["total"].as_i64().unwrap();
    assert_eq!((first["current_page"].as_i64(), first["total_pages"].as_i64()), (Some(1), Some((total + 2) / 3)));
    assert_eq!(ids(&first), [total, total - 1, total - 2]);
    let second = ada.get("/admin/logs?per_page=3&page=2").json();
    assert_eq!(second["current_page"], 2);
    let cursor = first["next"].as_str().unwrap();
    assert_eq!(ids(&second), ids(&ada.get(&format!("/logs?per_page=3&page=2&cursor={cursor}")).json()));
    assert_eq!(ids(&second), [total - 3, total - 4, total - 5]);
    assert_eq!(ids(&ada.get("/logs?per_page=100&page=9").json()), [0; 0]);
    for bad in ["page=0", "page=21", "page=-1", "page=x", "per_page=0", "per_page=101", "cursor=x"] {
        assert_eq!(ada.get(&format!("/logs?{bad}")).status, 400, "{bad}");
    }
}

#[test]
fn a_taken_username_is_told_and_a_known_address_is_not() {
    let site = Site::new();
    let person = |username: &str, email: &str| json!({ "first_name": "X", "last_name": "Y", "username": username, "email": email, "password": "a fresh long password" });
    let answer = site.program().post("/signup", person("BOB", "new@example.com"));
    assert_eq!((answer.status, &answer.json()["success"]), (409, &json!(false)));
    assert!(answer.json()["errors"]["username"].is_string(), "{}", answer.body);
    let known = site.program().post("/signup", person("other", "BOB@example.com"));
    let fresh = site.program().post("/signup", person("fresh", "fresh@example.com"));
    assert_eq!((known.status, &known.body), (201, &fresh.body));
    assert_eq!(site.last_mail("bob@example.com").kind, "account_exists");
}

#[test]
fn bad_input_is_a_400_that_names_the_field() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    for (path, body, field) in [
        ("/signup", json!({ "username": "x" }), "first_name"),
        ("/create_role", json!({ "name": "" }), "name"),
        ("/create_role", json!({ "name": 7 }), "name"),
        ("/create_permission", json!({}), "name"),
        ("/assign_role_to_user", json!({ "user_id": "one", "role_id": 1 }), "user_id"),
        ("/update_twofa", json!({ "enabled": "perhaps" }), "enabled"),
        ("/update_twofa", json!({ "enabled": false }), "password"),
    ] {
        let answer = ada.post(path, body);
        let json = answer.json();
        assert_eq!((answer.status, &json["success"]), (400, &json!(false)), "{path} {json}");
        assert!(json["errors"][field].is_string(), "{path} {json}");
        assert!(json["message"].is_string());
    }
    for (kind, body) in [
        ("application/json", "{"),
        ("application/json", ""),
        ("text/plain", "{\"name\":\"x\"}"),
        ("application/x-www-form-urlencoded", ""),
    ] {
        let answer = ada.raw("POST", "/create_role", &[("content-type", kind)], body.into());
        assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)), "{kind} {body}");
    }
    assert_eq!(ada.post("/assign_role_to_user", json!({ "user_id": 999, "role_id": 1 })).status, 404);
    assert_eq!(
        ada.post("/assign_permission_to_role", json!({ "permission_name": "No Such", "role_name": "member" })).status,
        404
    );
}

#[test]
fn an_old_clients_csrf_header_does_no_harm() {
    let site = Site::new();
    let body = json!({ "username_or_email": "bob", "password": password("bob") }).to_string();
    let answer = site.program().raw(
        "POST",
        "/login",
        &[("content-type", "application/json"), ("x-csrftoken", "abc")],
        body.into_bytes(),
    );
    assert_eq!(answer.status, 200);
}

#[test]
fn a_second_factor_is_turned_on_by_its_code_and_off_by_code_and_password() {
    let site = Site::new();
    let secret = site.turn_on_totp("bob");
    let mut bob = site.program();
    let first = bob.post("/login", json!({ "username_or_email": "bob", "password": password("bob") }));
    assert_eq!(
        (first.status, &first.json()["two_factor_required"], &first.json()["methods"]),
        (401, &json!(true), &json!(["totp"]))
    );
    let answer = bob.post(
        "/login",
        json!({ "username_or_email": "bob", "password": password("bob"), "token": site.totp(&secret) }),
    );
    said(&answer, 200, "Login successful");
    site.pass(60);
    let wrong =
        bob.post("/update_twofa", json!({ "enabled": false, "password": "wrong horse", "token": site.totp(&secret) }));
    assert_eq!(wrong.status, 400);
    let wrong = bob.post("/update_twofa", json!({ "enabled": false, "password": password("bob"), "token": "000000" }));
    assert!(wrong.status == 400 && wrong.json()["errors"]["token"].is_string(), "{}", wrong.body);
    site.pass(60);
    said(
        &bob.post(
            "/update_twofa",
            json!({ "enabled": false, "password": password("bob"), "token": site.totp(&secret) }),
        ),
        200,
        "2FA updated successfully",
    );
    assert_eq!(
        site.program().post("/login", json!({ "username_or_email": "bob", "password": password("bob") })).status,
        200
    );
}

#[test]
fn a_wrong_code_turns_nothing_on() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    bob.get("/twofa_uri");
    let answer = bob.post("/update_twofa", json!({ "enabled": true, "token": "000000" }));
    assert_eq!((answer.status, &answer.json()["success"]), (400, &json!(false)));
    assert_eq!(
        site.program().post("/login", json!({ "username_or_email": "bob", "password": password("bob") })).status,
        200
    );
}

#[test]
fn who_has_only_mailed_codes_is_mailed_one_to_turn_them_off() {
    let site = Site::new();
    let mut bob = site.program_of("bob");
    let actor = site.actor("bob");
    site.app.begin_email_factor(&actor).unwrap();
    site.app.confirm_email_factor(&actor, &site.last_mail("bob@example.com").code(), false).unwrap();
    let answer = bob.post("/update_twofa", json!({ "enabled": false, "password": password("bob") }));
    assert!(answer.status == 400 && answer.json()["errors"]["token"].is_string(), "{}", answer.body);
    let code = site.last_mail("bob@example.com").code();
    said(
        &bob.post("/update_twofa", json!({ "enabled": false, "password": password("bob"), "token": code })),
        200,
        "2FA updated successfully",
    );
}

#[test]
fn a_forgotten_password_is_set_again_by_the_mailed_link() {
    let site = Site::new();
    said(
        &site.program().post("/forgot_password", json!({ "email": "bob@example.com" })),
        200,
        "Password reset email sent",
    );
    let token = site.last_mail("bob@example.com").path().rsplit('/').next().unwrap().to_owned();
    let path = format!("/reset_password/{token}");
    let stranger = site.program().post(&path, json!({ "email": "eve@example.com", "password": "newsecurepassword" }));
    assert_eq!((stranger.status, &stranger.json()["success"]), (400, &json!(false)));
    said(
        &site.program().post(&path, json!({ "email": "bob@example.com", "password": "newsecurepassword" })),
        200,
        "Password has been reset",
    );
    assert_eq!(
        site.program().post("/login", json!({ "username_or_email": "bob", "password": "newsecurepassword" })).status,
        200
    );
    assert_eq!(site.program().post(&path, json!({ "password": "anothersecurepassword" })).status, 400);
}

#[test]
fn a_program_verifies_at_once_and_a_browser_is_asked_first() {
    let site = Site::new();
    let token = site.last_mail("bob@example.com").path().rsplit('/').next().unwrap().to_owned();
    let path = format!("/verify_email/{token}");
    assert_eq!(site.browser().get(&path).location(), format!("/verify/{token}"));
    assert_eq!(site.program_of("bob").get("/current_user_details").json()["user"]["email_verified"], false);
    said(&site.program().get(&path), 200, "Your account has been verified");
    assert_eq!(site.program_of("bob").get("/current_user_details").json()["user"]["email_verified"], true);
    assert_eq!(site.program().get(&path).status, 400);
}
