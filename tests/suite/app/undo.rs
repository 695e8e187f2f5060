//! Undoing a change leaves everybody with what he had before it, and gives nobody what he could not give.

mod properties;

use crate::support::Site;
use rolecall::{
    app::Actor,
    db::audit::Filter,
    domain::{
        Error, Time,
        audit::AuditEvent,
        bars::Disabling,
        constraint::ConstraintDraft,
        forward::RuleDraft,
        page::ListQuery,
        permission::{NewPermission, Pattern},
        role::{Assign, NewGrant, RoleDraft},
        sign_in_rules::{Demand, SignInRules},
        user::Profile,
    },
};
use std::collections::BTreeMap;

fn assign(user_id: i64, role_id: i64, place: &str, to: &str) -> Assign {
    Assign::parse(user_id, role_id, place, "", to, "for a test").unwrap()
}

fn grant(pattern: &str) -> NewGrant {
    NewGrant { pattern: Pattern::parse(pattern).unwrap(), condition: None, reason: String::new() }
}

fn make_role(site: &Site, name: &str, kind: &str) -> i64 {
    site.app.create_role(&Actor::operator(), &RoleDraft::parse(name, kind, "").unwrap()).unwrap().value.id
}

fn last_events(site: &Site, n: i64) -> Vec<AuditEvent> {
    let query = ListQuery { limit: Some(n), ..ListQuery::default() };
    site.app.audit_log(&Actor::operator(), &query, &Filter::default()).unwrap().items
}

/// Everything that anybody may do, has or is: users by name with rights and state, roles with all that they are made of, rules.
fn state(site: &Site) -> BTreeMap<String, String> {
    let operator = Actor::operator();
    let all = ListQuery { limit: Some(100), ..ListQuery::default() };
    let mut state = BTreeMap::new();
    for row in site.app.users(&operator, &all, None).unwrap().items {
        let view = site.app.user(&operator, row.user.id).unwrap();
        let mut held: Vec<String> = view
            .assignments
            .iter()
            .map(|held| {
                format!(
                    "{} in {:?} from {} to {:?} if {:?}",
                    held.role_name, held.row.scope, held.in_force, held.row.valid_to, held.row.condition
                )
            })
            .collect();
        held.sort();
        let mut rights: Vec<String> =
            view.rights.iter().map(|held| format!("{} {} {}", held.pattern, held.scope, held.conditional)).collect();
        rights.sort();
        let bars = view.user.bars.disabling();
        let profile = view.user.profile();
        state.insert(
            format!("user {}", row.user.username),
            format!(
                "{profile:?} {held:?} {rights:?} {} {:?}",
                view.user.is_disabled(site.now()),
                (bars.disable_at, bars.enable_at)
            ),
        );
    }
    for row in site.app.forward_rules(&operator, &all).unwrap().items {
        state.insert(format!("rule {}", row.rule), format!("{:?}", row.rule.draft()));
    }
    for row in site.app.roles(&operator, &all).unwrap().items {
        let view = site.app.role(&operator, row.role.id).unwrap();
        let mut own: Vec<String> =
            view.own.iter().map(|row| format!("{} if {:?}", row.pattern(), row.condition)).collect();
        own.sort();
        let mut juniors: Vec<&str> = view.juniors.iter().map(|(_, role)| role.name.as_str()).collect();
        juniors.sort_unstable();
        state.insert(
            format!("role {}", view.role.name),
            format!("{:?} {own:?} {juniors:?} {:?}", view.role.draft(), view.rules),
        );
    }
    for row in site.app.permissions(&operator, &all).unwrap().items {
        state.insert(
            format!("permission {}", row.permission.name),
            format!("{} {}", row.permission.label, row.permission.description),
        );
    }
    for constraint in site.app.constraints(&operator, "").unwrap() {
        state.insert(format!("constraint {}", constraint.name), format!("{:?}", constraint.rule));
    }
    state
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn every_kind_of_change_comes_undone_and_done_again() {
    let site = Site::new();
    let (app, ada, bob, eve) = (&site.app, site.actor("ada"), site.id("bob"), site.id("eve"));
    let member = site.role("member");
    for name in ["a:x", "a:y"] {
        let (resource, action) = name.split_once(':').unwrap();
        app.create_permission(&ada, &NewPermission::parse(resource, action, "", "").unwrap()).unwrap();
    }
    let (senior, junior, team) =
        (make_role(&site, "senior", ""), make_role(&site, "junior", ""), make_role(&site, "team", "group"));
    let granted =
        app.grant(&ada, junior, &NewGrant::parse("a:x", "action.soft == true", "why").unwrap()).unwrap().value.id;
    let inclusion = app.include_role(&ada, senior, junior, "").unwrap().value.id;
    app.include_role(&ada, team, senior, "").unwrap();
    let until = app.give_role(&ada, &assign(eve, junior, "project/1", "2026-05-01")).unwrap().value.id;
    let later =
        Assign::parse(eve, senior, "", "2026-04-01", "2026-05-01", "").unwrap().under("action.soft == true").unwrap();
    let later = app.give_role(&ada, &later).unwrap().value.id;
    app.grant(&ada, team, &grant("a:x")).unwrap_err();
    app.grant(&ada, senior, &grant(&format!("rolecall.give:{junior}"))).unwrap();
    let ssd = ConstraintDraft {
        name: "apart".into(),
        kind: "ssd".into(),
        n: Some(3),
        roles: [member, team, junior, make_role(&site, "other", "")].into(),
        ..ConstraintDraft::default()
    };
    let ssd = app.create_constraint(&ada, &ssd).unwrap().value.id;
    let a_x = app.permission_by_name(&ada, "a:x").unwrap().id;
    let rules = SignInRules { second_factor: Demand::Any, idle_minutes: Some(5), ..SignInRules::default() };
    let plan = Disabling::parse("2026-04-01", "2026-04-08").unwrap();
    let renamed = Profile::parse("Robert", "Example", "robert", "bob@example.com").unwrap();
    let never = ConstraintDraft {
        name: "never".into(),
        kind: "never".into(),
        role_id: Some(team),
        permission: "secret:x".into(),
        ..ConstraintDraft::default()
    };
    let blog = RuleDraft { host: "blog.example".into(), permission: "posts:read".into(), ..RuleDraft::default() };
    let wiki = RuleDraft { host: "wiki.example".into(), ..blog.clone() };
    let ruled = app.create_forward_rule(&ada, &blog, "").unwrap().value.id;
    let new = Profile::parse("New", "One", "new", "new@example.com").unwrap();
    type Act<'a> = Box<dyn Fn() -> i64 + 'a>;
    let acts: Vec<(&str, Act<'_>)> = vec![
        ("give", Box::new(|| app.give_role(&ada, &assign(eve, member, "project/7", "2026-06-01")).unwrap().revision)),
        ("take", Box::new(|| app.take_role(&ada, eve, until, "").unwrap().revision)),
        ("take what begins later", Box::new(|| app.take_role(&ada, eve, later, "").unwrap().revision)),
        ("grant", Box::new(|| app.grant(&ada, junior, &grant("a:*")).unwrap().revision)),
        ("revoke", Box::new(|| app.revoke(&ada, junior, granted, "").unwrap().revision)),
        ("include", Box::new(|| app.include_role(&ada, team, member, "").unwrap().revision)),
        ("exclude", Box::new(|| app.exclude_role(&ada, senior, inclusion, "").unwrap().revision)),
        (
            "create role",
            Box::new(|| {
                app.create_role_between(&ada, &RoleDraft::parse("between", "", "").unwrap(), &[junior], &[team])
                    .unwrap()
                    .revision
            }),
        ),
        (
            "update role",
            Box::new(|| {
                app.update_role(&ada, senior, &RoleDraft::parse("boss", "", "new words").unwrap()).unwrap().revision
            }),
        ),
        (
            "delete role",
            Box::new(|| app.delete_role(&ada, app.role_by_name(&ada, "junior").unwrap().id, "").unwrap().revision),
        ),
        ("rules", Box::new(|| app.set_sign_in_rules(&ada, junior, rules).unwrap().revision)),
        (
            "register",
            Box::new(|| {
                app.create_permission(&ada, &NewPermission::parse("a", "new", "", "").unwrap()).unwrap().revision
            }),
        ),
        ("describe", Box::new(|| app.describe_permission(&ada, a_x, "Label", "Words").unwrap().revision)),
        (
            "unregister",
            Box::new(|| {
                app.delete_permission(&ada, app.permission_by_name(&ada, "a:x").unwrap().id, "").unwrap().revision
            }),
        ),
        ("disable", Box::new(|| app.set_user_disabled(&ada, eve, true, "").unwrap().revision)),
        ("plan", Box::new(|| app.disable_user(&ada, eve, plan, "").unwrap().revision)),
        ("rename", Box::new(|| app.update_user(&ada, bob, &renamed).unwrap().revision)),
        ("delete user", Box::new(|| app.delete_user(&ada, eve, "").unwrap().revision)),
        ("invite", Box::new(|| app.invite_user(&ada, &new, &[assign(0, member, "", "")]).unwrap().revision)),
        ("make a rule", Box::new(|| app.create_forward_rule(&ada, &wiki, "").unwrap().revision)),
        (
            "change a rule",
            Box::new(|| {
                let noted = |draft: RuleDraft| RuleDraft { note: "for readers".into(), methods: "GET".into(), ..draft };
                app.update_forward_rule(&ada, ruled, noted, "").unwrap().revision
            }),
        ),
        ("delete a rule", Box::new(|| app.delete_forward_rule(&ada, ruled, "").unwrap().revision)),
        ("constrain", Box::new(|| app.create_constraint(&ada, &never).unwrap().revision)),
        ("change set", Box::new(|| app.add_constraint_role(&ada, ssd, senior).unwrap().revision)),
        (
            "end set",
            Box::new(|| app.delete_constraint(&ada, app.constraints(&ada, "ssd").unwrap()[0].id, "").unwrap().revision),
        ),
    ];
    for (name, act) in acts {
        site.pass(1);
        let before = state(&site);
        let done = act();
        let after = state(&site);
        assert_ne!(before, after, "{name} does nothing");
        site.pass(1);
        let undone = app.undo(&ada, done, "a mistake").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(state(&site), before, "{name} undone");
        assert!(undone.undoable, "{name}");
        assert_eq!(code(app.undo(&ada, done, "")), "already_undone", "{name}");
        site.pass(1);
        let redone = app.undo(&ada, undone.revision, "").unwrap_or_else(|error| panic!("{name} again: {error}"));
        assert_eq!(state(&site), after, "{name} done again");
        site.pass(1);
        app.undo(&ada, redone.revision, "").unwrap_or_else(|error| panic!("{name} back: {error}"));
        assert_eq!(state(&site), before, "{name} undone twice");
        app.verify_audit(&ada).map(|found| assert_eq!(found.broken_at, None)).unwrap();
    }
}

#[test]
fn an_undoing_is_told_with_its_revision_and_its_reason() {
    let site = Site::new();
    let ada = site.actor("ada");
    let given = site.app.give_role(&ada, &assign(site.id("eve"), site.role("member"), "", "")).unwrap();
    let undone = site.app.undo(&ada, given.revision, "wrong person").unwrap();
    let events = last_events(&site, 2);
    assert_eq!(
        (events[0].action.as_str(), events[0].object_id, events[0].reason.as_str()),
        ("change.undo", Some(given.revision), "wrong person")
    );
    assert_eq!((events[1].action.as_str(), events[1].reason.as_str()), ("role.take", "wrong person"));
    assert!(events.iter().all(|event| event.revision == Some(undone.revision)));
}

#[test]
fn what_was_changed_meanwhile_is_not_undone_and_it_is_told_by_whom() {
    let site = Site::new();
    let (ada, eve) = (site.actor("ada"), site.id("eve"));
    let given = site.app.give_role(&ada, &assign(eve, site.role("member"), "", "")).unwrap();
    site.pass(60);
    let taken = site.app.take_role(&ada, eve, given.value.id, "").unwrap();
    let error = site.app.undo(&ada, given.revision, "").unwrap_err();
    assert_eq!(error.code(), "changed_since");
    assert!(error.to_string().contains(&format!("ada changed that with revision {}", taken.revision)), "{error}");
    let blog = RuleDraft { host: "blog.example".into(), ..RuleDraft::default() };
    let made = site.app.create_forward_rule(&ada, &blog, "").unwrap();
    let other = |draft: RuleDraft| RuleDraft { path: "/other".into(), ..draft };
    let changed = site.app.update_forward_rule(&ada, made.value.id, other, "").unwrap();
    let error = site.app.undo(&ada, made.revision, "").unwrap_err().to_string();
    assert!(
        error.contains("The rule blog.example/ is another now") && error.contains(&changed.revision.to_string()),
        "{error}"
    );
    let role = site.role("member");
    let first =
        site.app.update_role(&ada, role, &RoleDraft::parse("one", "", "Reads posts.").unwrap()).unwrap().revision;
    let described =
        site.app.update_role(&ada, role, &RoleDraft::parse("one", "", "Other words.").unwrap()).unwrap().revision;
    site.app.undo(&ada, first, "").expect("another field was changed since");
    site.app.update_role(&ada, role, &RoleDraft::parse("two", "", "Third words.").unwrap()).unwrap();
    assert_eq!(code(site.app.undo(&ada, described, "")), "changed_since");
    let made = site.app.create_role(&ada, &RoleDraft::parse("used", "", "").unwrap()).unwrap();
    site.pass(1);
    site.app.give_role(&ada, &assign(eve, made.value.id, "", "")).unwrap();
    assert!(site.app.undo(&ada, made.revision, "").unwrap_err().to_string().contains("was given members"));
}

#[test]
fn what_ran_out_or_is_no_change_of_rights_is_not_undone() {
    let site = Site::new();
    let (ada, eve) = (site.actor("ada"), site.id("eve"));
    let given = site.app.give_role(&ada, &assign(eve, site.role("member"), "", "2026-03-02T10:00")).unwrap();
    let ended = site.app.end_user_sessions(&ada, site.id("bob"), None, "");
    let session = site.actor("bob").session_id.unwrap();
    let ended = site.app.end_user_sessions(&ada, site.id("bob"), Some(session), "").or(ended).unwrap();
    assert!(!ended.undoable);
    assert_eq!(code(site.app.undo(&ada, ended.revision, "")), "not_undoable");
    let taken = site.app.take_role(&ada, eve, given.value.id, "").unwrap();
    site.pass(7200);
    assert!(
        site.app.undo(&ada, taken.revision, "").unwrap_err().to_string().contains("would have lost the role by now")
    );
    let ada = site.actor("ada");
    let again = site.app.give_role(&ada, &assign(eve, site.role("member"), "", "2026-03-02T12:00")).unwrap();
    site.pass(7200);
    assert!(site.app.undo(&ada, again.revision, "").unwrap_err().to_string().contains("ran out"));
    assert_eq!(code(site.app.undo(&ada, 4711, "")), "not_found");
}

#[test]
fn nobody_undoes_what_he_could_not_do_by_hand() {
    let site = Site::new();
    let (operator, ada, eve) = (Actor::operator(), site.actor("ada"), site.id("eve"));
    let power = make_role(&site, "power", "");
    site.app.grant(&operator, power, &grant("*:*")).unwrap();
    let given = site.app.give_role(&ada, &assign(eve, power, "", "")).unwrap();
    let taken = site.app.take_role(&ada, eve, given.value.id, "").unwrap().revision;
    let deleted = site.app.delete_role(&ada, power, "").unwrap().revision;
    let clerk = make_role(&site, "clerk", "");
    for pattern in ["rolecall.audit:read", "rolecall.assignments:*", "rolecall.roles:*"] {
        site.app.grant(&operator, clerk, &grant(pattern)).unwrap();
    }
    site.app.give_role(&operator, &assign(site.id("bob"), clerk, "", "")).unwrap();
    let bob = site.actor("bob");
    assert_eq!(code(site.app.undo(&bob, deleted, "")), "escalation");
    site.app.undo(&ada, deleted, "").unwrap();
    assert_eq!(code(site.app.undo(&bob, taken, "")), "escalation");
    // Whoever may not read the log undoes his own changes only, and sees nothing of others'.
    let own = site.app.role(&operator, clerk).unwrap().own;
    let reading = own.iter().find(|row| row.resource == "rolecall.audit").unwrap().id;
    site.app.revoke(&operator, clerk, reading, "").unwrap();
    let bob = site.actor("bob");
    assert_eq!(code(site.app.undo(&bob, taken, "")), "forbidden");
    assert_eq!(code(site.app.done_by(&bob, 4711)), "forbidden");
    let own = site.app.give_role(&bob, &assign(eve, clerk, "", "")).unwrap();
    site.app.undo(&bob, own.revision, "").unwrap();
}

#[test]
fn the_last_admin_and_the_constraints_hold_against_an_undoing_too() {
    let site = Site::new();
    let (ada, bob, eve) = (site.actor("ada"), site.id("bob"), site.id("eve"));
    let admin = site.role("admin");
    let given = site.app.give_role(&ada, &assign(bob, admin, "", "")).unwrap();
    let held = site.app.user(&ada, site.id("ada")).unwrap().assignments[0].row.id;
    let bob = site.actor("bob");
    site.app.take_role(&bob, site.id("ada"), held, "").unwrap();
    assert_eq!(code(site.app.undo(&bob, given.revision, "")), "last_admin");
    let member = site.role("member");
    let gone = site.app.give_role(&bob, &assign(eve, member, "", "")).unwrap();
    let taken = site.app.take_role(&bob, eve, gone.value.id, "").unwrap().revision;
    let team = make_role(&site, "team", "group");
    site.app.give_role(&bob, &assign(eve, team, "", "")).unwrap();
    let never = ConstraintDraft {
        name: "never".into(),
        kind: "never".into(),
        role_id: Some(team),
        permission: "posts:read".into(),
        ..ConstraintDraft::default()
    };
    site.app.create_constraint(&bob, &never).unwrap();
    assert_eq!(code(site.app.undo(&bob, taken, "")), "constraint");
    let preview = match site.app.undo(&bob.clone().dry(), taken, "") {
        Err(Error::DryRun(preview)) => preview,
        other => panic!("{other:?}"),
    };
    assert_eq!(preview.broken.len(), 1);
    assert!(preview.log.iter().any(|event| event.action == "role.give"));
}

#[test]
fn an_undoing_asks_for_a_recent_proof_where_the_act_would() {
    let site = Site::new();
    let (ada, eve) = (site.actor("ada"), site.id("eve"));
    let given = site.app.give_role(&ada, &assign(eve, site.role("member"), "", "")).unwrap();
    let taken = site.app.take_role(&ada, eve, given.value.id, "").unwrap().revision;
    site.pass(601);
    assert_eq!(code(site.app.undo(&ada, taken, "")), "reauthentication_required");
}

#[test]
fn a_role_that_comes_to_stand_between_two_makes_no_circle() {
    let site = Site::new();
    let ada = site.actor("ada");
    let (a, b) = (make_role(&site, "a", ""), make_role(&site, "b", ""));
    site.app.include_role(&ada, a, b, "").unwrap();
    let between = RoleDraft::parse("between", "", "").unwrap();
    assert_eq!(code(site.app.create_role_between(&ada, &between, &[a], &[b])), "circle");
}

#[test]
fn the_moment_of_a_planned_disabling_that_has_passed_is_not_brought_back() {
    let site = Site::new();
    let (ada, eve) = (site.actor("ada"), site.id("eve"));
    let plan = Disabling {
        disable_at: Some(Time::parse("2026-03-02T09:10").unwrap()),
        enable_at: Some(Time::parse("2026-03-02T09:20").unwrap()),
    };
    site.app.disable_user(&ada, eve, plan, "").unwrap();
    let cancelled = site.app.set_user_disabled(&ada, eve, false, "").unwrap().revision;
    site.pass(3600);
    let error = site.app.undo(&ada, cancelled, "").map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "changed_since", "{error}");
    assert!(!site.app.user(&ada, eve).unwrap().user.is_disabled(site.now()));
}
