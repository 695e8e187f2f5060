//! The same commands to the product and to an independent model of the standard: the same outcome, and the same
//! answers of all review functions after every step.

mod model;
mod naive;

use crate::support::Site;
use model::{Model, Permission, Role, Session, User};
use proptest::prelude::*;
use rolecall::{
    app::{
        Actor, Origin,
        checks::{Ask, Subject},
        login::{Client, SignIn},
        signup::SignUp,
    },
    domain::{
        Error,
        condition::Attributes,
        constraint::{ConstraintDraft, Rule},
        page::ListQuery,
        permission::{NewPermission, Pattern},
        policy::Holding,
        role::{Assign, NewGrant, RoleDraft},
        scope::Scope,
    },
};
use std::collections::{BTreeMap, BTreeSet};

const PASSWORD: &str = "as plain as a password can be";
/// Two objects with two operations each.
const PERMISSIONS: [Permission; 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];

#[derive(Debug, Clone)]
enum Command {
    AddUser,
    DeleteUser(usize),
    AddRole,
    DeleteRole(usize),
    AssignUser(usize, usize),
    DeassignUser(usize, usize),
    Grant(usize, usize),
    Revoke(usize, usize),
    AddInheritance(usize, usize),
    DeleteInheritance(usize, usize),
    AddBeside(usize, bool),
    CreateSession(usize, Option<Vec<usize>>),
    DeleteSession(usize),
    AddActiveRole(usize, usize),
    DropActiveRole(usize, usize),
    CreateSet(bool, Vec<usize>, usize),
    DeleteSet(bool, usize),
    AddMember(bool, usize, usize),
    DeleteMember(bool, usize, usize),
    SetNumber(bool, usize, usize),
}

fn command() -> impl Strategy<Value = Command> {
    use Command::*;
    let n = || 0usize..7;
    let some = || prop::collection::vec(0usize..7, 0..4);
    prop_oneof![
        1 => Just(AddUser),
        1 => n().prop_map(DeleteUser),
        2 => Just(AddRole),
        1 => n().prop_map(DeleteRole),
        8 => (n(), n()).prop_map(|(u, r)| AssignUser(u, r)),
        2 => (n(), n()).prop_map(|(u, r)| DeassignUser(u, r)),
        4 => (n(), n()).prop_map(|(p, r)| Grant(p, r)),
        1 => (n(), n()).prop_map(|(p, r)| Revoke(p, r)),
        6 => (n(), n()).prop_map(|(a, b)| AddInheritance(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| DeleteInheritance(a, b)),
        1 => (n(), any::<bool>()).prop_map(|(r, above)| AddBeside(r, above)),
        3 => (n(), prop::option::of(some())).prop_map(|(u, roles)| CreateSession(u, roles)),
        1 => n().prop_map(DeleteSession),
        3 => (n(), n()).prop_map(|(s, r)| AddActiveRole(s, r)),
        3 => (n(), n()).prop_map(|(s, r)| DropActiveRole(s, r)),
        4 => (any::<bool>(), prop::collection::vec(0usize..7, 1..4), 1usize..4).prop_map(|(d, r, k)| CreateSet(d, r, k)),
        1 => (any::<bool>(), n()).prop_map(|(d, s)| DeleteSet(d, s)),
        2 => (any::<bool>(), n(), n()).prop_map(|(d, s, r)| AddMember(d, s, r)),
        2 => (any::<bool>(), n(), n()).prop_map(|(d, s, r)| DeleteMember(d, s, r)),
        1 => (any::<bool>(), n(), 1usize..4).prop_map(|(d, s, k)| SetNumber(d, s, k)),
    ]
}

/// The product, and how its ids are called in the model: by the order in which they were made.
struct Product {
    site: Site,
    users: Vec<i64>,
    roles: Vec<i64>,
    sets: Vec<i64>,
    sessions: Vec<i64>,
}

/// Whether a command was accepted; an answer that is no refusal of it fails the test.
fn accepted<T>(outcome: Result<T, Error>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(Error::Invalid(_) | Error::Taken(_) | Error::Conflict { .. } | Error::NotFound { .. }) => false,
        Err(Error::SignInRequired | Error::BadCredentials) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn permission((object, operation): Permission) -> Pattern {
    Pattern::parse(&format!("o{object}:p{operation}")).unwrap()
}

impl Product {
    fn new() -> Self {
        let site = Site::bare(|_| {});
        for (object, operation) in PERMISSIONS {
            let new = NewPermission::parse(&format!("o{object}"), &format!("p{operation}"), "", "").unwrap();
            site.app.create_permission(&Actor::operator(), &new).unwrap();
        }
        let mut product = Self { site, users: vec![], roles: vec![], sets: vec![], sessions: vec![] };
        for _ in 0..2 {
            product.add_user();
            product.add_role(None);
        }
        product
    }

    /// The product's id of the number that a command chose, among all that ever were.
    fn pick(ids: &[i64], number: usize) -> (usize, i64) {
        match ids.len() {
            0 => (usize::MAX, 0),
            many => (number % many, ids[number % many]),
        }
    }

    fn add_user(&mut self) -> User {
        let number = self.users.len();
        let origin = Origin { ip: format!("192.0.2.{number}"), ..Origin::default() };
        let form = SignUp {
            first_name: "U".into(),
            last_name: String::new(),
            username: format!("u{number}"),
            email: format!("u{number}@example.com"),
            password: PASSWORD.into(),
        };
        self.site.app.sign_up(origin, &form).unwrap();
        self.users.push(self.site.id(&form.username));
        number
    }

    /// `beside`: another role, and whether the new one is above it.
    fn add_role(&mut self, beside: Option<(i64, bool)>) -> (Role, bool) {
        let number = self.roles.len();
        let draft = RoleDraft::parse(&format!("r{number}"), "", "").unwrap();
        let (juniors, seniors): (Vec<i64>, Vec<i64>) = match beside {
            None => (vec![], vec![]),
            Some((role, true)) => (vec![role], vec![]),
            Some((role, false)) => (vec![], vec![role]),
        };
        let made = self.site.app.create_role_between(&Actor::operator(), &draft, &juniors, &seniors);
        let id = made.as_ref().map_or(0, |made| made.value.id);
        let good = accepted(made);
        self.roles.push(id);
        (number, good)
    }

    /// A new session of the user, if he can sign in and have these roles.
    fn sign_in(&mut self, user: usize, roles: Option<BTreeSet<i64>>) -> bool {
        let app = &self.site.app;
        // Longer than a wrong sign-in, of a user who is gone, makes the next one wait.
        self.site.pass(20);
        let origin = Origin { ip: format!("198.51.100.{}", self.sessions.len()), ..Origin::default() };
        let id = match app.sign_in(origin.clone(), &format!("u{user}"), PASSWORD, Client::Program) {
            Ok(SignIn::Done { session_id, .. }) => session_id,
            Ok(_) => panic!("a second factor"),
            Err(error) => return accepted::<()>(Err(error)),
        };
        let actor = app.actor(id, origin).unwrap();
        if roles.is_some() && !accepted(app.activate(&actor, id, roles)) {
            app.sign_out(&actor).unwrap();
            return false;
        }
        // Only sessions that a browser holds are live; tests have none.
        app.attach_session_key(id, &format!("a key of session {id}")).unwrap();
        self.sessions.push(id);
        true
    }

    fn actor_of(&self, session: i64) -> Result<Actor, Error> {
        self.site.app.actor(session, Origin::default())
    }

    fn assignment(&self, user: i64, role: i64) -> Option<i64> {
        let view = self.site.app.user(&Actor::operator(), user).ok()?;
        view.assignments.iter().find(|held| held.row.role_id == role).map(|held| held.row.id)
    }
}

/// Runs a command on both and gives (model's outcome, product's outcome).
fn run(model: &mut Model, product: &mut Product, command: Command) -> (bool, bool) {
    let operator = Actor::operator();
    let (users, roles, sets) = (product.users.clone(), product.roles.clone(), product.sets.clone());
    let sessions = product.sessions.clone();
    let (user, role) = (|n| Product::pick(&users, n), |n| Product::pick(&roles, n));
    let (set, session) = (|n| Product::pick(&sets, n), |n| Product::pick(&sessions, n));
    let app = product.site.app.clone();
    match command {
        Command::AddUser if users.len() >= 5 => (true, true),
        Command::AddUser => (model.add_user(product.add_user()), true),
        Command::DeleteUser(n) => (model.delete_user(user(n).0), accepted(app.delete_user(&operator, user(n).1, ""))),
        Command::AddRole => {
            let (number, good) = product.add_role(None);
            (model.add_role(number), good)
        }
        Command::DeleteRole(n) => (model.delete_role(role(n).0), accepted(app.delete_role(&operator, role(n).1, ""))),
        Command::AssignUser(u, r) => {
            let assign = Assign::parse(user(u).1, role(r).1, "", "", "", "").unwrap();
            (model.assign_user(user(u).0, role(r).0), accepted(app.give_role(&operator, &assign)))
        }
        Command::DeassignUser(u, r) => {
            let held = product.assignment(user(u).1, role(r).1);
            let done = held.is_some_and(|id| accepted(app.take_role(&operator, user(u).1, id, "")));
            (model.deassign_user(user(u).0, role(r).0), done)
        }
        Command::Grant(p, r) => {
            let what = PERMISSIONS[p % 4];
            let new = NewGrant { pattern: permission(what), condition: None, reason: String::new() };
            (model.grant(what, role(r).0), accepted(app.grant(&operator, role(r).1, &new)))
        }
        Command::Revoke(p, r) => {
            let what = PERMISSIONS[p % 4];
            let own = app.role(&operator, role(r).1).map(|view| view.own).unwrap_or_default();
            let row = own.iter().find(|row| row.pattern() == permission(what)).map(|row| row.id);
            let done = row.is_some_and(|id| accepted(app.revoke(&operator, role(r).1, id, "")));
            (model.revoke(what, role(r).0), done)
        }
        Command::AddInheritance(a, b) => (
            model.add_inheritance(role(a).0, role(b).0),
            accepted(app.include_role(&operator, role(a).1, role(b).1, "")),
        ),
        Command::DeleteInheritance(a, b) => {
            let juniors = app.role(&operator, role(a).1).map(|view| view.juniors).unwrap_or_default();
            let row = juniors.iter().find(|(_, junior)| junior.id == role(b).1).map(|(id, _)| *id);
            let done = row.is_some_and(|id| accepted(app.exclude_role(&operator, role(a).1, id, "")));
            (model.delete_inheritance(role(a).0, role(b).0), done)
        }
        Command::AddBeside(r, above) => {
            let (number, good) = product.add_role(Some((role(r).1, above)));
            (model.add_beside(number, role(r).0, above), good)
        }
        Command::CreateSession(u, chosen) => {
            let ids = chosen.as_ref().map(|chosen| chosen.iter().map(|n| role(*n).1).collect());
            let numbers = chosen.map(|chosen| chosen.into_iter().map(|n| role(n).0).collect());
            let name = product.sessions.len();
            (model.create_session(user(u).0, name, numbers), product.sign_in(user(u).0, ids))
        }
        Command::DeleteSession(n) => {
            let done = product.actor_of(session(n).1).and_then(|actor| app.end_my_session(&actor, session(n).1));
            (model.delete_session(session(n).0), accepted(done))
        }
        Command::AddActiveRole(s, r) => {
            let actor = product.actor_of(session(s).1);
            let done = actor.and_then(|actor| app.activate_role(&actor, session(s).1, role(r).1));
            (model.add_active_role(session(s).0, role(r).0), accepted(done))
        }
        Command::DropActiveRole(s, r) => {
            let actor = product.actor_of(session(s).1);
            let done = actor.and_then(|actor| app.drop_role(&actor, session(s).1, role(r).1));
            (model.drop_active_role(session(s).0, role(r).0), accepted(done))
        }
        Command::CreateSet(dynamic, chosen, n) => {
            let name = product.sets.len();
            let draft = ConstraintDraft {
                name: format!("set {name}"),
                kind: if dynamic { "dsd" } else { "ssd" }.into(),
                n: Some(n as i64),
                roles: chosen.iter().map(|n| role(*n).1).collect(),
                ..ConstraintDraft::default()
            };
            let made = app.create_constraint(&operator, &draft);
            product.sets.push(made.as_ref().map_or(0, |made| made.value.id));
            let numbers = chosen.iter().map(|n| role(*n).0).collect();
            (model.create_set(dynamic, name, numbers, n), accepted(made))
        }
        Command::DeleteSet(d, n) if !model.sets(d).contains_key(&set(n).0) => (false, false),
        Command::DeleteSet(d, n) => {
            (model.delete_set(d, set(n).0), accepted(app.delete_constraint(&operator, set(n).1, "")))
        }
        Command::AddMember(d, n, _) | Command::DeleteMember(d, n, _) | Command::SetNumber(d, n, _)
            if !model.sets(d).contains_key(&set(n).0) =>
        {
            (false, false)
        }
        Command::AddMember(d, n, r) => (
            model.add_member(d, set(n).0, role(r).0),
            accepted(app.add_constraint_role(&operator, set(n).1, role(r).1)),
        ),
        Command::DeleteMember(d, n, r) => (
            model.delete_member(d, set(n).0, role(r).0),
            accepted(app.remove_constraint_role(&operator, set(n).1, role(r).1)),
        ),
        Command::SetNumber(d, n, k) => {
            (model.set_number(d, set(n).0, k), accepted(app.set_constraint_number(&operator, set(n).1, k as i64)))
        }
    }
}

/// All review functions, of everything that there is.
fn compare(model: &Model, product: &Product) {
    let (app, operator, query) =
        (&product.site.app, Actor::operator(), ListQuery { limit: Some(100), ..ListQuery::default() });
    let numbers = |ids: &[i64], all: BTreeSet<i64>| -> BTreeSet<usize> {
        all.into_iter().filter_map(|id| ids.iter().position(|known| *known == id)).collect()
    };
    let roles = |all: Vec<i64>| numbers(&product.roles, all.into_iter().collect());
    let held = |all: Vec<Holding>| patterns(all.into_iter().map(|one| one.pattern));
    let fresh = app.fresh().unwrap();
    let ask = |subject: Subject, what: Permission| {
        let ask = Ask {
            subject,
            permission: permission(what),
            scope: Scope::root(),
            at: None,
            attributes: Attributes::default(),
        };
        app.check(&operator, fresh, &ask).unwrap().allowed
    };
    for role in &model.roles {
        let id = product.roles[*role];
        let users = |page: rolecall::domain::page::Page<rolecall::domain::user::User>| {
            numbers(&product.users, page.items.into_iter().map(|user| user.id).collect())
        };
        assert_eq!(
            users(app.assigned_users(&operator, id, &query).unwrap()),
            model.assigned_users(*role),
            "AssignedUsers"
        );
        assert_eq!(
            users(app.authorized_users(&operator, id, &query).unwrap()),
            model.authorized_users(*role),
            "AuthorizedUsers"
        );
        let all: Vec<Pattern> =
            app.role_permissions(&operator, id, None).unwrap().into_iter().map(|(grant, _)| grant.pattern).collect();
        assert_eq!(patterns(all.iter().cloned()), model.role_permissions(*role), "RolePermissions");
        assert_eq!(operations(app, &all), on_object(&model.role_permissions(*role)), "RoleOperationsOnObject");
    }
    for user in &model.users {
        let id = product.users[*user];
        let view = app.user(&operator, id).unwrap();
        assert_eq!(
            roles(view.assignments.iter().map(|held| held.row.role_id).collect()),
            model.assigned_roles(*user),
            "AssignedRoles"
        );
        let authorized = app.authorized_roles(&operator, id).unwrap().into_iter().map(|role| role.id).collect();
        assert_eq!(roles(authorized), model.authorized_roles(*user), "AuthorizedRoles");
        let all = app.what_can(&operator, id, None, None).unwrap().0;
        let found: Vec<Pattern> = all.iter().map(|one| one.pattern.clone()).collect();
        assert_eq!(held(all), model.user_permissions(*user), "UserPermissions");
        assert_eq!(operations(app, &found), on_object(&model.user_permissions(*user)), "UserOperationsOnObject");
        for what in PERMISSIONS {
            assert_eq!(
                ask(Subject::User(id), what),
                model.user_permissions(*user).contains(&what),
                "a check of a user"
            );
        }
    }
    for (number, id) in product.sessions.iter().enumerate() {
        let actor = product.actor_of(*id).ok();
        assert_eq!(actor.is_some(), model.sessions.contains_key(&number), "whether session {number} lives");
        let Some(actor) = actor else { continue };
        let session: Session = number;
        let active = app.activation(&actor, *id).unwrap().active.into_iter().map(|role| role.id).collect();
        assert_eq!(roles(active), model.session_roles(session), "SessionRoles");
        assert_eq!(
            held(app.session_permissions(&actor, *id).unwrap()),
            model.session_permissions(session),
            "SessionPermissions"
        );
        for what in PERMISSIONS {
            let expected = model.session_permissions(session).contains(&what);
            assert_eq!(ask(Subject::Session(*id), what), expected, "CheckAccess");
        }
    }
    for (kind, sets) in [("ssd", &model.ssd), ("dsd", &model.dsd)] {
        let found: BTreeMap<usize, _> = app
            .constraints(&operator, kind)
            .unwrap()
            .into_iter()
            .map(|one| match one.rule {
                Rule::Ssd { roles: set, n } | Rule::Dsd { roles: set, n } => {
                    let number = product.sets.iter().position(|id| *id == one.id).unwrap();
                    (number, (numbers(&product.roles, set), n as usize))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(&found, sets, "the sets of {kind}, their roles and numbers");
    }
}

fn patterns(all: impl Iterator<Item = Pattern>) -> BTreeSet<Permission> {
    let known = |pattern: &Pattern| PERMISSIONS.into_iter().find(|one| permission(*one) == *pattern).unwrap();
    all.map(|pattern| known(&pattern)).collect()
}

/// The operations on the first object.
fn on_object(all: &BTreeSet<Permission>) -> BTreeSet<Permission> {
    all.iter().copied().filter(|(object, _)| *object == 0).collect()
}

fn operations(app: &rolecall::app::App, patterns: &[Pattern]) -> BTreeSet<Permission> {
    let found = app.operations_on("o0", patterns).unwrap();
    PERMISSIONS.into_iter().filter(|one| found.iter().any(|op| op.name == permission(*one).to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 16))]

    #[test]
    fn the_product_does_what_the_standard_says(commands in prop::collection::vec(command(), 10..50)) {
        let mut product = Product::new();
        let mut model = Model { users: [0, 1].into(), roles: [0, 1].into(), ..Model::default() };
        for (step, command) in commands.into_iter().enumerate() {
            let (expected, found) = run(&mut model, &mut product, command.clone());
            assert_eq!(found, expected, "step {step}: {command:?} by {model:?}");
            compare(&model, &product);
        }
    }
}
