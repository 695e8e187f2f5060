//! The first start: what must be there, and the first admin.

use super::{
    Actor, App, Entry, Origin, Tx,
    entrance::Trust,
    login::SignIn,
    signup::{SignUp, profile_json},
};
use crate::{
    db,
    domain::{
        Error, Result, keys,
        link::Purpose,
        permission::{BUILT_IN, NewPermission},
        role::{ADMIN, Assign, ROLE, Role, RoleDraft},
        scope::Scope,
        throttle,
        user::User,
    },
};

impl App {
    /// Registers Rolecall's own permissions and makes the role `admin`, where they are missing. At every start.
    pub fn prepare(&self) -> Result<()> {
        let epoch = self.rng.token();
        self.db.write(|conn| db::revision::ensure(conn, &epoch))?;
        let epoch = self.read(db::revision::stamp)?.epoch;
        self.found_audit_head(&epoch)?;
        self.change(&Actor::operator(), |tx| {
            for right in BUILT_IN {
                if db::permissions::find_by_name(tx.conn, &right.name())?.is_none() {
                    let new = NewPermission {
                        resource: right.resource.into(),
                        action: right.action.into(),
                        label: String::new(),
                        description: right.about.into(),
                    };
                    let made = db::permissions::insert(tx.conn, &new, true, None, tx.now)?;
                    tx.touch("permission", made.id)?;
                }
            }
            if db::roles::find_by_name(tx.conn, ADMIN)?.is_none() {
                let draft = RoleDraft {
                    name: ADMIN.into(),
                    kind: ROLE.into(),
                    description: "May do everything, in Rolecall too.".into(),
                };
                let role = db::roles::insert(tx.conn, &draft, true, None, tx.now)?;
                tx.found_role(role.id)?;
                tx.audit(Entry {
                    action: "role.create",
                    kind: "role",
                    id: Some(role.id),
                    name: ADMIN,
                    reason: "built in",
                    ..Entry::default()
                })?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The address of a one-time link by which the first admin is made; `None` when there is an admin.
    pub fn setup_link(&self) -> Result<Option<String>> {
        let token = self.rng.token();
        let change = self.change(&Actor::operator(), |tx| {
            if tx.has_admin()? {
                return Ok(false);
            }
            db::links::insert(tx.conn, Purpose::Setup, &keys::token_hash(&token), None, tx.now)?;
            Ok(true)
        })?;
        Ok(change.value.then(|| self.config.web.address(&format!("{}{token}", Purpose::Setup.path()))))
    }

    /// Whether the set-up link could be used now: [`Error::Gone`] if not.
    pub fn check_setup_link(&self, origin: &Origin, token: &str) -> Result<()> {
        self.count(&throttle::LINK_IP, &origin.network())?;
        self.read(|conn| db::links::find(conn, Purpose::Setup, &keys::token_hash(token), self.now()))?
            .map(drop)
            .ok_or(Error::Gone)
    }

    /// Makes the first admin by the printed link and signs him in. His address counts as verified: whoever sees the
    /// link has the machine.
    pub fn set_up(&self, origin: Origin, token: &str, form: &SignUp) -> Result<SignIn> {
        self.check_setup_link(&origin, token)?;
        let (profile, hash) = (form.parse(self)?, self.hash_password("password", &form.password, &[], None)?);
        let done = self.change(&Actor::anonymous(origin), |tx| {
            db::links::take(tx.conn, Purpose::Setup, &keys::token_hash(token), tx.now)?.ok_or(Error::Gone)?;
            if tx.has_admin()? {
                return Err(Error::Gone);
            }
            let user = tx.make_admin(&profile, &hash, "first admin, by the set-up link")?;
            tx.open_session(user, "password", Trust::None)
        })?;
        done.value.open()
    }

    /// Makes an admin from the command line.
    pub fn create_admin(&self, form: &SignUp) -> Result<User> {
        let (profile, hash) = (form.parse(self)?, self.hash_password("password", &form.password, &[], None)?);
        Ok(self.change(&Actor::operator(), |tx| tx.make_admin(&profile, &hash, "made on the command line"))?.value)
    }
}

impl Tx<'_> {
    pub(super) fn admin_role(&mut self) -> Result<Role> {
        db::roles::find_by_name(self.conn, ADMIN)?.ok_or(Error::not_found("role"))
    }

    /// How many can do everything, without end.
    pub(super) fn count_admins(&mut self) -> Result<i64> {
        let role = self.admin_role()?;
        db::user_assignments::count_lasting_holders(self.conn, &[role.id], self.now)
    }

    fn has_admin(&mut self) -> Result<bool> {
        Ok(self.count_admins()? > 0)
    }

    /// Runs a change after which somebody must still hold `admin`, if somebody did before.
    pub(super) fn keeping_an_admin<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.has_admin()?;
        let done = f(self)?;
        if before && !self.has_admin()? {
            return Err(Error::conflict(
                "last_admin",
                "This is the last one who holds the role admin everywhere and without end. Give it to somebody else first.",
            ));
        }
        Ok(done)
    }

    fn make_admin(&mut self, profile: &crate::domain::user::Profile, hash: &str, reason: &str) -> Result<User> {
        let role = self.admin_role()?;
        let user = db::users::insert(self.conn, profile, Some(hash), self.now)?;
        db::users::set_email_verified(self.conn, user.id, self.now)?;
        let assign = Assign {
            user_id: user.id,
            role_id: role.id,
            scope: Scope::root(),
            valid_from: None,
            valid_to: None,
            reason: reason.to_owned(),
            condition: None,
        };
        self.found_admin(&assign)?;
        db::links::void_all(self.conn, Purpose::Setup, self.now)?;
        self.audit(Entry {
            action: "user.create",
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            after: Some(profile_json(&user)),
            reason,
            ..Entry::default()
        })?;
        self.audit(Entry {
            action: "role.give",
            kind: "user",
            id: Some(user.id),
            name: &user.username,
            after: Some(serde_json::json!({ "role": ADMIN, "scope": "" })),
            reason,
            ..Entry::default()
        })?;
        db::users::get(self.conn, user.id)
    }
}
