//! Owners are told before their tokens end.

use crate::support::{Database, Mailed, Site};
use rolecall::{app::Actor, domain::token::TokenDraft};

const DAY: i64 = 24 * 3600;

/// A token of the user, made by `by`, that ends at the moment.
fn token(site: &Site, by: &Actor, user: i64, name: &str, end: &str) -> i64 {
    let draft = TokenDraft {
        name: name.into(),
        permissions: Some(vec!["posts:read".into()]),
        expires_at: end.into(),
        ..TokenDraft::default()
    };
    site.app.create_token(by, user, &draft).unwrap().value.token.id
}

fn told(site: &Site, to: &str) -> Vec<Mailed> {
    site.mails(to).into_iter().filter(|mail| mail.kind == "token_ending").collect()
}

#[test]
fn the_owner_of_a_token_is_told_once_seven_days_before_it_ends() {
    let site = Site::new();
    let bob = site.actor("bob");
    token(&site, &bob, site.id("bob"), "nightly backup", "2026-03-22T09:00");
    site.pass(13 * DAY - 60);
    site.app.tidy().unwrap();
    assert!(told(&site, "bob@example.com").is_empty(), "not a minute too early");
    site.pass(120);
    site.app.tidy().unwrap();
    let mails = told(&site, "bob@example.com");
    assert_eq!(mails.len(), 1);
    let text = &mails[0].text;
    for word in ["nightly backup", "rc_pat_", "2026-03-22 09:00 UTC", "/account/tokens"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    site.pass(DAY);
    site.app.tidy().unwrap();
    // Nor by another node.
    Site::on(site.database.share(), |_| {}).app.tidy().unwrap();
    assert_eq!(told(&site, "bob@example.com").len(), 1);
}

#[test]
fn nobody_is_told_of_what_is_over_has_a_successor_was_short_or_is_of_somebody_barred() {
    let site = Site::new();
    let (bob, id) = (site.actor("bob"), site.id("bob"));
    let revoked = token(&site, &bob, id, "revoked", "2026-04-01T09:00");
    let replaced = token(&site, &bob, id, "replaced", "2026-03-12T09:00");
    site.app.revoke_token(&bob, id, revoked, "").unwrap();
    // Its successor lives as long as it did, from now on.
    site.pass(60);
    site.app.rotate_token(&bob, id, replaced, 30 * DAY).unwrap();
    token(&site, &bob, id, "short", "2026-03-09T09:00");
    let eve = site.actor("eve");
    site.app.set_user_disabled(&Actor::operator(), site.id("eve"), false, "").ok();
    let draft = TokenDraft {
        name: "of eve".into(),
        permissions: None,
        expires_at: "2026-03-12T09:00".into(),
        ..TokenDraft::default()
    };
    // She has no rights, so hers is one with all that she has.
    site.app.create_token(&eve, site.id("eve"), &draft).ok();
    site.app.set_user_disabled(&Actor::operator(), site.id("eve"), true, "").unwrap();
    site.pass(5 * DAY);
    site.app.tidy().unwrap();
    let names: Vec<String> = told(&site, "bob@example.com").into_iter().map(|mail| mail.text).collect();
    assert_eq!(names.len(), 1, "only the successor of “replaced” is told of: {names:?}");
    assert!(names[0].contains("2026-03-12 09:01 UTC"), "{names:?}");
    assert!(told(&site, "eve@example.com").is_empty());
}

#[test]
fn of_a_service_account_the_one_is_told_who_made_the_token() {
    let site = Site::new();
    let ada = site.actor("ada");
    let service = {
        let mut browser = site.browser_of("ada");
        let fields = [("first_name", "Import"), ("username", "import"), ("roles", "member")];
        browser.submit_to("/admin/users/new?kind=service", "/admin/users", &fields);
        site.id("import")
    };
    token(&site, &ada, service, "loader", "2026-03-22T09:00");
    site.pass(14 * DAY);
    site.app.tidy().unwrap();
    let text = &told(&site, "ada@example.com")[0].text;
    assert!(text.contains("loader") && text.contains("service account import"), "{text}");
    assert!(text.contains(&format!("/admin/users/{service}/tokens")), "{text}");
}

#[test]
fn a_warning_that_cannot_be_written_is_not_noted_as_told() {
    let site = Site::new();
    token(&site, &site.actor("bob"), site.id("bob"), "ci", "2026-03-22T09:00");
    site.pass(14 * DAY);
    refuse_mails(&site.database);
    assert!(site.app.tidy().is_err());
    site.database.tamper("ALTER TABLE mails_away RENAME TO mails");
    site.app.tidy().unwrap();
    assert_eq!(told(&site, "bob@example.com").len(), 1, "it is told with the next try");
}

/// The outbox cannot be written into.
fn refuse_mails(database: &Database) {
    database.tamper("ALTER TABLE mails RENAME TO mails_away");
}
