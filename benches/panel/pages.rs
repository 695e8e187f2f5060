//! The pages that the bench asks for.

use super::{Options, Site};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rolecall::{
    app::{Actor, names::Kind},
    domain::page::ListQuery,
};
use std::time::Instant;

impl Site {
    /// The pages that are asked for: what they are, and where.
    pub fn pages(&self) -> Vec<(String, String)> {
        let operator = Actor::operator();
        let user = self.app.users(&operator, &ListQuery::default(), None).unwrap().items[3].user.id;
        let roles = self.app.roles(&operator, &ListQuery { limit: Some(100), ..ListQuery::default() }).unwrap().items;
        let first = self.app.role_by_name(&operator, "employee").map_or(roles[1].role.id, |role| role.id);
        let least = roles.iter().min_by_key(|row| row.members.number()).unwrap().role.id;
        let permission = self.app.permissions(&operator, &ListQuery::default()).unwrap().items[2].permission.clone();
        let (permission, asked) = (permission.id, permission.name);
        let resources = self.app.resources(&operator, &ListQuery::default()).unwrap().items;
        let resource = resources.into_iter().max_by_key(|(_, n)| *n).unwrap().0;
        let events = rolecall::app::audit::Filter::default();
        let events = self.app.audit_log(&operator, &ListQuery::default(), &events).unwrap().total.number();
        let deep = |key: &str| BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"k":{key},"b":false}}"#));
        let mut pages = vec![("overview".to_owned(), "/admin".to_owned())];
        let mut page = |what: &str, path: String| pages.push((what.to_owned(), path));
        for sort in ["username", "-username", "email", "-email", "created", "-created", "last_sign_in", "-last_sign_in"]
        {
            page(&format!("users by {sort}"), format!("/admin/users?sort={sort}"));
        }
        page("users, deep", format!("/admin/users?cursor={}", deep(r#"["m",0]"#)));
        page(
            "users by -created, deep",
            format!("/admin/users?sort=-created&cursor={}", deep(r#"["2025-03-01T00:00:00.000000Z",0]"#)),
        );
        for filter in [
            "active",
            "disabled",
            "planned",
            "waiting",
            "invited",
            "leaving",
            "unverified",
            "no-second-factor",
            "ending",
        ] {
            page(&format!("users: {filter}"), format!("/admin/users?filter={filter}"));
            page(
                &format!("users: {filter}, by -last_sign_in"),
                format!("/admin/users?filter={filter}&sort=-last_sign_in"),
            );
        }
        for (what, q) in [
            ("frequent", "aino"),
            ("in all", "example"),
            ("rare", "laine4711"),
            ("absent", "xyzzyq"),
            ("absent, of frequent parts", "examplemai"),
            ("one letter", "a"),
            ("two letters", "so"),
            ("two words", "aino mail"),
            ("rare and frequent", "4711 example"),
            ("odd signs", "@we"),
        ] {
            page(&format!("users searched, {what}"), format!("/admin/users?q={}", q.replace(' ', "+")));
            page(
                &format!("users searched, {what}, by -created"),
                format!("/admin/users?sort=-created&q={}", q.replace(' ', "+")),
            );
        }
        page("users searched and filtered", "/admin/users?q=aino&filter=disabled".to_owned());
        page("users of a large role", format!("/admin/users?role={first}"));
        page("users of a large role, by -created", format!("/admin/users?role={first}&sort=-created"));
        page("users of a small role", format!("/admin/users?role={least}"));
        page("users of a large role, searched", format!("/admin/users?role={first}&q=laine"));
        page("users of a large role, searched, frequent", format!("/admin/users?role={first}&q=aino"));
        page("users of a large role, filtered", format!("/admin/users?role={first}&filter=disabled"));
        page("users searched, late in the order", "/admin/users?q=zofia".to_owned());
        page("users searched, late in the order, by email", "/admin/users?q=zofia&sort=email".to_owned());
        page("one user", format!("/admin/users/{user}"));
        page("time line of a user", format!("/admin/users/{user}/timeline"));
        page("activity of a user", format!("/admin/users/{user}/activity"));
        page("activity of the busiest", "/admin/users/1/activity".to_owned());
        page("roles", "/admin/roles".to_owned());
        page("roles by -name", "/admin/roles?sort=-name".to_owned());
        page("roles: groups", "/admin/roles?filter=group".to_owned());
        page("roles searched", "/admin/roles?q=lead".to_owned());
        page("roles searched, absent", "/admin/roles?q=xyzzyq".to_owned());
        page("a large role", format!("/admin/roles/{first}"));
        page("a large role by -username", format!("/admin/roles/{first}?sort=-username"));
        for (what, q) in [("rare", "laine4711"), ("frequent", "aino"), ("absent", "xyzzyq")] {
            page(&format!("members of a large role searched, {what}"), format!("/admin/roles/{first}?q={q}"));
            page(&format!("what ends soon searched, {what}"), format!("/admin/access/ending?q={q}"));
            let who_can = format!("/admin/access/who-can?permission={asked}&q={q}");
            page(&format!("who can, searched, {what}"), who_can.clone());
            page(&format!("who could in the past, searched, {what}"), format!("{who_can}&at=2026-06-01"));
        }
        page("a small role", format!("/admin/roles/{least}"));
        page("time line of a large role", format!("/admin/roles/{first}/timeline"));
        page("time line of a large role: members", format!("/admin/roles/{first}/timeline?filter=assignment"));
        page("time line of a small role", format!("/admin/roles/{least}/timeline"));
        page("permissions", "/admin/permissions".to_owned());
        page("permissions searched", "/admin/permissions?q=read".to_owned());
        page("permissions searched, absent", "/admin/permissions?q=xyzzyq".to_owned());
        page("one permission", format!("/admin/permissions/{permission}"));
        page("matrix", "/admin/permissions/matrix".to_owned());
        page("matrix of a resource", format!("/admin/permissions/matrix?resource={resource}"));
        page("matrix: having something", format!("/admin/permissions/matrix?resource={resource}&filter=having"));
        page(
            "matrix: having something of Rolecall's",
            "/admin/permissions/matrix?resource=rolecall.users&filter=having".to_owned(),
        );
        page("audit", "/admin/audit".to_owned());
        page("audit, deep", format!("/admin/audit?cursor={}", deep(&(events / 2).to_string())));
        for filter in ["user", "role", "permission", "session", "factor", "mail"] {
            page(&format!("audit: {filter}"), format!("/admin/audit?filter={filter}"));
        }
        for (what, q) in [("frequent", "ada"), ("rare", "laine4711"), ("absent", "xyzzyq"), ("a reason", "ticket")] {
            page(&format!("audit searched, {what}"), format!("/admin/audit?q={q}"));
        }
        for (what, address) in [
            ("sessions", ""),
            ("sessions by user", "?sort=user"),
            ("sessions by began", "?sort=began"),
            ("sessions: without second factor", "?filter=no-second-factor"),
            ("sessions: idle", "?filter=idle"),
            ("sessions searched, a frequent name", "?q=aino"),
            ("sessions searched, a rare name", "?q=laine4711"),
            ("sessions searched, an address", "?q=192.0.2.1"),
        ] {
            page(what, format!("/admin/sessions{address}"));
        }
        page("search, a frequent name", "/admin/search?q=aino".to_owned());
        page("search, a question", "/admin/search?q=can+ada+rolecall.users:read".to_owned());
        page("what ends soon", "/admin/access/ending".to_owned());
        page("what ends soon by -ends", "/admin/access/ending?sort=-ends".to_owned());
        page("audit, the oldest first", "/admin/audit?sort=at".to_owned());
        page("activity of the busiest, searched", "/admin/users/1/activity?q=xyzzyq".to_owned());
        page("activity of the busiest, the oldest first", "/admin/users/1/activity?sort=at".to_owned());
        page("who can, everywhere", format!("/admin/access/who-can?permission={asked}"));
        page("who can, by -username", format!("/admin/access/who-can?permission={asked}&sort=-username"));
        page("who can", "/admin/access/who-can?permission=rolecall.users:read".to_owned());
        page("who could in the past", format!("/admin/access/who-can?permission={asked}&at=2026-06-01"));
        page(
            "could he in the past, yes or why not",
            format!("/admin/access?user=%23{user}&permission={asked}&at=2026-06-01"),
        );
        page("what can", "/admin/access/what-can?user=ada".to_owned());
        page("what can another", format!("/admin/access/what-can?user=%23{user}"));
        page("comparison of two users", format!("/admin/access/comparison?user=ada&other=%23{user}"));
        page("comparison of two dates", format!("/admin/access/comparison?user=%23{user}&from=2026-01-01"));
        page("my access", "/account/access".to_owned());
        page("my activity", "/account/activity".to_owned());
        page("constraints", "/admin/access/constraints".to_owned());
        page("mail", "/admin/mails".to_owned());
        page("mail: failed", "/admin/mails?filter=failed".to_owned());
        pages
    }

    /// Suggestions for what is typed, asked of the App.
    pub fn suggestions(&self, options: &Options) -> Vec<(String, f64)> {
        let operator = Actor::operator();
        let ask = |typed: &str| {
            let began = Instant::now();
            self.app.suggestions(&operator, Kind::User, typed).unwrap();
            self.app.suggestions(&operator, Kind::Role, typed).unwrap();
            self.app.suggestions(&operator, Kind::Permission, typed).unwrap();
            began.elapsed().as_secs_f64() * 1e3
        };
        let median = |typed: &str| {
            let mut times: Vec<f64> = (0..=options.rounds).map(|_| ask(typed)).collect();
            options.of(&mut times)
        };
        ["a", "ai", "aino", "aino la", "laine4711", "example", "xyzzyq", "approve", "ada"]
            .map(|typed| (format!("suggestions for “{typed}”"), median(typed)))
            .to_vec()
    }
}
