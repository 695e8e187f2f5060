//! What mails say: every kind, for people with every kind of name.

use crate::support::Site;
use rolecall::{
    app::{Actor, Origin},
    domain::{Time, page::ListQuery, user::User},
    mail::messages::{ALL, Context},
};
use scraper::{Html, Selector};

fn user(first: &str, last: &str) -> User {
    let site = Site::new();
    let mut user = site.app.find_user(&Actor::operator(), "bob").unwrap();
    (user.first_name, user.last_name) = (first.to_owned(), last.to_owned());
    user
}

/// With everything that a message may tell, or with nothing that it may lack.
fn context(user: &User, full: bool) -> Context {
    let agent = if full { "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" } else { "" };
    let at = Time::parse("2026-03-02T09:00").unwrap();
    let mut context = Context::new(user, "https://roles.example.com".into(), "192.0.2.7", agent, at);
    context.link = "https://roles.example.com/some/link-of_the-mail".into();
    context.code = "01234567".into();
    context.until = Some(Time::parse("2026-03-09T09:00").unwrap());
    context.address = "new<address>@example.com".into();
    context.purpose = "sign in";
    context.what = "ada took the role “a & b <c>” from you, because: it is \"over\"".into();
    context
}

#[test]
fn every_mail_reads_well_as_text_and_as_html_whatever_the_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail");
    let mut kinds = vec![];
    for first in ["Bob", "<b>Bob</b> & \"Co\"", "مريم בת־אל", "🦉👩‍👩‍👧", &"Bartholomew".repeat(9), "{{ m.name }}"]
    {
        let user = user(first, &"Featherstonehaugh".repeat(5));
        for full in [true, false] {
            let context = context(&user, full);
            for write in ALL {
                let mail = write(&user, &context).unwrap();
                let (kind, text, html) = (mail.kind, &mail.body.text, &mail.body.html);
                kinds.push(kind.to_owned());
                assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{kind}: {}", mail.subject);
                assert_eq!((mail.to_address.as_str(), mail.user_id), ("bob@example.com", Some(user.id)));
                let page = Html::parse_document(html);
                let body = page.select(&Selector::parse("body").unwrap()).next().unwrap();
                let shown = body.text().collect::<Vec<_>>().join(" ");
                for (form, said) in [("text", text), ("html", &shown)] {
                    assert!(
                        said.contains(first) && said.contains("https://roles.example.com"),
                        "{kind} {form}: {said}"
                    );
                    for slip in ["()", " ,", " .", "  at ", "\n\n\n\n", "None", "Some(", "&lt;", "&amp;"] {
                        let said = if form == "html" {
                            said.split_whitespace().collect::<Vec<_>>().join(" ")
                        } else {
                            said.clone()
                        };
                        let tolerated = form == "html" && [" ,", " ."].contains(&slip);
                        assert!(tolerated || !said.contains(slip), "{kind} {form} has {slip:?}: {said}");
                    }
                }
                assert!(!html.contains("<b>Bob"), "{kind}: a name is never a tag");
                let mentions = |what: &str| [text, &shown].map(|said| said.contains(what));
                for what in
                    [context.link.as_str(), &context.code, &context.at.to_string(), &context.ip, &context.device]
                {
                    let [in_text, in_html] = mentions(what);
                    assert_eq!(in_text, in_html, "{kind}: {what:?} stands in one of text and HTML only");
                }
                for image in ["<img", "<script", "<link", "url("] {
                    assert!(!html.contains(image), "{kind}: a mail loads nothing");
                }
                for link in page.select(&Selector::parse("a").unwrap()) {
                    assert_eq!(link.attr("href"), Some(context.link.as_str()), "{kind}");
                }
            }
        }
    }
    kinds.sort();
    kinds.dedup();
    let mut folders: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(kinds, folders);
    if let Some(out) = std::env::var_os("MAILS") {
        let user = user("Bartholomew", "Featherstonehaugh");
        for write in ALL {
            let mail = write(&user, &context(&user, true)).unwrap();
            std::fs::write(std::path::Path::new(&out).join(format!("{}.html", mail.kind)), mail.body.html).unwrap();
        }
    }
}

#[test]
fn who_gets_or_loses_a_role_is_told_by_whom_where_until_when_and_why() {
    let site = Site::new();
    let mut ada = site.program_of("ada");
    let eve = site.id("eve");
    let roles = format!("/api/v1/users/{eve}/roles");
    let body = serde_json::json!({
        "role_id": site.role("member"), "scope": "project/42", "valid_to": "2026-12-31T18:00", "reason": "stands in for Grace",
    });
    ada.post(&format!("{roles}?dry_run=1"), body.clone());
    let rights = |site: &Site| {
        site.mails("eve@example.com").into_iter().filter(|mail| mail.kind == "rights_changed").collect::<Vec<_>>()
    };
    assert!(rights(&site).is_empty(), "a preview tells nobody");
    let given = ada.post(&roles, body).json()["id"].as_i64().unwrap();
    let told = rights(&site).pop().unwrap().text;
    for part in [
        "ada gave you the role “member”",
        "in project/42",
        "until 2026-12-31 18:00 UTC",
        "stands in for Grace",
        "2026-03-02 09:00 UTC",
        "/account/access",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    ada.json("DELETE", &format!("{roles}/{given}"), serde_json::json!({ "reason": "she is back" }));
    let told = rights(&site).pop().unwrap().text;
    assert!(told.contains("ada took from you the role “member” in project/42, because: she is back"), "{told}");
    // What touches many at once floods nobody: it stands on their page of access.
    ada.post(
        &format!("/api/v1/roles/{}/permissions", site.role("member")),
        serde_json::json!({ "permission": "posts:*" }),
    );
    assert_eq!(rights(&site).len(), 2);
    assert!(site.mails("bob@example.com").iter().all(|mail| mail.kind != "rights_changed"));
}

#[test]
fn no_name_or_subject_becomes_another_header_or_another_receiver() {
    use super::{Behaviour, Server, Tls, Worker, eventually, site, states};
    let server = Server::start(Behaviour::Take);
    let site = site(server.port, Tls::None, None);
    let odd = [
        "Zoe, eve@example.com",
        "Zoe <eve@example.com>",
        "\"Zoe\" \\ \"eve@example.com\",",
        "=?utf-8?q?Zoe=0D=0ABcc:_eve@example.com?=",
        "Zoë 🦉; Bcc: eve@example.com",
        "Zoe %0d%0aBcc: eve@example.com",
    ];
    for (number, first) in odd.iter().enumerate() {
        let form = rolecall::app::signup::SignUp {
            first_name: "Zoe".into(),
            last_name: String::new(),
            username: format!("zoe{number}"),
            email: format!("zoe{number}@example.com"),
            password: "several words of somebody".into(),
        };
        let refused = rolecall::app::signup::SignUp { first_name: (*first).to_owned(), ..form.clone() };
        site.app.sign_up(Origin::default(), &refused).unwrap_err();
        site.app.sign_up(Origin::default(), &form).unwrap();
        // Such a name is refused, but one that came in before that was so is still there.
        let username = &form.username;
        site.database.tamper(&format!("UPDATE users SET first_name = '{first}' WHERE username = '{username}'"));
        site.app.start_password_reset(&Actor::operator(), site.id(username)).unwrap();
    }
    let _worker = Worker::start(&site);
    eventually("all sent", || states(&site).iter().all(|state| *state == "sent").then_some(()));
    let count =
        site.app.mails(&Actor::operator(), &ListQuery { limit: Some(100), ..ListQuery::default() }).unwrap().total;
    assert_eq!(server.received().len() as i64, count.number());
    for mail in server.received().iter().filter(|mail| mail.contains("zoe")) {
        let head = mail.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        let to: Vec<&str> = head.lines().filter(|line| line.to_lowercase().starts_with("to:")).collect();
        assert_eq!(to.len(), 1, "{head}");
        for header in ["bcc:", "cc:", "sender:"] {
            assert!(!head.lines().any(|line| line.to_lowercase().starts_with(header)), "{head}");
        }
        // Outside of quotes and encoded words there is one address, and it is hers.
        let mut bare = String::new();
        let (mut quoted, mut letters) = (false, to[0].chars());
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if quoted => drop(letters.next()),
                '"' => quoted = !quoted,
                _ if quoted => {}
                _ => bare.push(letter),
            }
        }
        assert!(bare.matches('@').count() == 1 && bare.contains("<zoe") && !bare.contains(','), "{}", to[0]);
    }
}
