//! The pages of tokens: one's own, and those of a service account.

use crate::support::{Site, password};

/// The token that a page shows.
fn shown(answer: &crate::support::Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.text("#secret")
}

#[test]
fn a_token_is_made_seen_once_replaced_and_revoked() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    assert!(bob.get("/account/tokens").body.contains("No tokens"));
    let form = bob.get("/account/tokens/new");
    assert!(form.body.contains("posts:read"), "what he has is offered");
    let nothing = bob.submit_to("/account/tokens/new", "/account/tokens", &[("name", "ci"), ("extent", "some")]);
    assert_eq!(nothing.status, 422);
    assert!(nothing.text(".error-summary").contains("Name at least one permission"), "{}", nothing.body);
    let fields = [("name", "ci"), ("extent", "some"), ("pattern", "posts:read")];
    let first = shown(&bob.submit_to("/account/tokens/new", "/account/tokens", &fields));
    assert_eq!(site.program().bearing(&first).get("/api/v1/me").status, 200);
    let list = bob.get("/account/tokens");
    assert!(list.body.contains("ci") && !list.body.contains(&first));
    let address = list.attr("a[href$='/rotation']", "href").unwrap();
    let second = shown(&bob.submit(&address, &[("overlap_seconds", "0")]));
    assert_eq!(site.program().bearing(&first).get("/api/v1/me").status, 401);
    assert_eq!(site.program().bearing(&second).get("/api/v1/me").status, 200);
    let revoke = bob.get("/account/tokens").attr("a[href$='/delete']", "href").unwrap();
    assert_eq!(bob.submit(&revoke, &[]).location(), "/account/tokens");
    assert_eq!(site.program().bearing(&second).get("/api/v1/me").status, 401);
}

#[test]
fn making_a_token_asks_for_a_fresh_proof_and_goes_on_with_what_was_typed() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    site.pass(700);
    let asked = bob.submit_to("/account/tokens/new", "/account/tokens", &[("name", "ci"), ("extent", "all")]);
    assert_eq!(asked.status, 403, "{}", asked.body);
    assert!(asked.has("input[type=password]") && !asked.has("#secret"));
    assert_eq!(site.app.tokens(&site.actor("bob"), site.id("bob")).unwrap().len(), 0);
    let _ = password("bob");
}

#[test]
fn an_admin_makes_a_service_account_and_its_token_by_pages() {
    let site = Site::new();
    let mut ada = site.browser_of("ada");
    let fields = [("first_name", "Import"), ("username", "import"), ("roles", "member")];
    let made = ada.submit_to("/admin/users/new?kind=service", "/admin/users", &fields);
    assert_eq!(made.status, 303, "{}", made.body);
    let tokens = format!("/admin/users/{}/tokens", site.id("import"));
    assert_eq!(made.location(), tokens);
    let page = ada.get(&tokens);
    assert!(page.body.contains("Service account") && page.has(&format!("a[href='{tokens}/new']")), "{}", page.body);
    let fields = [("name", "t"), ("extent", "some"), ("pattern", "posts:read")];
    let text = shown(&ada.submit_to(&format!("{tokens}/new"), &tokens, &fields));
    assert!(text.starts_with("rc_svc_"));
    assert_eq!(site.program().bearing(&text).get("/api/v1/me").status, 200);
    let his = ada.get(&format!("/admin/users/{}/tokens", site.id("bob")));
    assert!(his.body.contains("A person makes tokens") && !his.has("a[href$='/tokens/new']"));
    assert!(ada.get("/admin/users?filter=service").body.contains("Import"));
    assert_eq!(ada.get(&format!("/admin/users/{}/edit", site.id("import"))).status, 200);
    let mut eve = site.browser_of("eve");
    assert_eq!(eve.get(&tokens).status, 403);
}

#[test]
fn a_token_is_renamed_and_all_are_revoked_at_once_on_both_pages() {
    let site = Site::new();
    let mut bob = site.browser_of("bob");
    let fields = |name| [("name", name), ("extent", "some"), ("pattern", "posts:read")];
    let make = |bob: &mut crate::support::Browser, name| {
        shown(&bob.submit_to("/account/tokens/new", "/account/tokens", &fields(name)))
    };
    let first = make(&mut bob, "ci");
    assert!(
        !bob.get("/account/tokens").has("a[href='/account/tokens/delete']"),
        "of one there is nothing to do at once"
    );
    let second = make(&mut bob, "backup");
    let list = bob.get("/account/tokens");
    let rename = list.attr("a[href$='/name']", "href").unwrap();
    assert_eq!(bob.get(&rename).attr("#f-name", "value").as_deref(), Some("backup"));
    let wrong = bob.submit(&rename, &[("name", " ")]);
    assert_eq!((wrong.status, wrong.has("#f-name-error")), (422, true));
    assert_eq!(bob.submit(&rename, &[("name", "night")]).location(), "/account/tokens");
    let list = bob.visit("/account/tokens");
    assert!(list.text(".flash").contains("“night”") && list.texts("tbody th").concat().contains("night"));
    // An admin renames and revokes them, too; nobody else.
    let his = format!("/admin/users/{}/tokens", site.id("bob"));
    let mut ada = site.browser_of("ada");
    let rename = ada.get(&his).attr("a[href$='/name']", "href").unwrap();
    assert_eq!(ada.submit(&rename, &[("name", "nightly")]).location(), his);
    for path in [rename, format!("{his}/delete")] {
        assert_eq!(site.browser_of("eve").get(&path).status, 403, "{path}");
    }
    let all = ada.get(&format!("{his}/delete"));
    assert_eq!(all.text("h1"), "Revoke 2 tokens?");
    assert_eq!(ada.submit(&format!("{his}/delete"), &[("reason", "left")]).location(), his);
    assert!(ada.visit(&his).text(".flash").contains("2 tokens are revoked"));
    for text in [first, second] {
        assert_eq!(site.program().bearing(&text).get("/api/v1/me").status, 401);
    }
    let (one, two) = (make(&mut bob, "a"), make(&mut bob, "b"));
    assert_eq!(bob.submit("/account/tokens/delete", &[]).location(), "/account/tokens");
    let three = site.program_of("bob").delete("/api/v1/me/tokens").json();
    assert_eq!(three["ended"], 0, "none was left");
    for text in [one, two] {
        assert_eq!(site.program().bearing(&text).get("/api/v1/me").status, 401);
    }
}
