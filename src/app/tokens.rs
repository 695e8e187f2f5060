//! API tokens: making, replacing and revoking them.

use super::{Actor, App, Change, Entry, Tx, users::reason_line};
use crate::{
    db::{self, tokens::Made},
    domain::{
        Error, FieldErrors, Result, keys,
        permission::{Pattern, SESSIONS_READ, SESSIONS_WRITE, USERS_WRITE},
        text,
        token::{self, ApiToken, Kind, MANY, NewToken, OVERLAP_MAX, TokenDraft},
        user::User,
    },
};
use serde_json::{Value, json};

/// A token as it is shown this once.
#[derive(Debug, Clone)]
pub struct Issued {
    pub token: ApiToken,
    /// What a program sends.
    pub text: String,
}

impl App {
    /// The tokens of the user: the live ones, and the latest that have ended. One's own, or those of others for who may see
    /// sessions.
    pub fn tokens(&self, actor: &Actor, user_id: i64) -> Result<Vec<ApiToken>> {
        require_seen(actor, user_id)?;
        self.read(|conn| {
            let user = db::users::get(conn, user_id)?;
            db::tokens::of_user(conn, user.id, self.now())
        })
    }

    /// One of the user's tokens, ended or not.
    pub fn token(&self, actor: &Actor, user_id: i64, id: i64) -> Result<ApiToken> {
        require_seen(actor, user_id)?;
        self.read(|conn| db::tokens::get(conn, user_id, id))
    }

    /// Makes a token. Its text is in the answer and nowhere else. A person makes his own; those of a service account are made
    /// by whoever may change users, and have nothing that he has not himself, today or later.
    pub fn create_token(&self, actor: &Actor, user_id: i64, draft: &TokenDraft) -> Result<Change<Issued>> {
        self.require_making(actor, user_id)?;
        let new = draft.parse(self.now(), self.config.tokens.longest)?;
        self.change(actor, |tx| {
            let user = tx.token_owner(user_id, &new)?;
            new.require_some_of(&super::rights_now(tx.conn, &tx.graph, user.id, tx.now)?.list())?;
            let issued = tx.issue(&user, &new)?;
            tx.audit(entry("token.create", &user, None, Some(record(&issued.token))))?;
            Ok(issued)
        })
    }

    /// Makes a token that takes the place of another: with the same name, limits and span of life. The old one works for
    /// `overlap` seconds more, so that programs can be given the new one one after the other.
    pub fn rotate_token(&self, actor: &Actor, user_id: i64, id: i64, overlap: i64) -> Result<Change<Issued>> {
        self.require_making(actor, user_id)?;
        if !(0..=OVERLAP_MAX).contains(&overlap) {
            let text = format!("Write a number of seconds from 0 to {OVERLAP_MAX}.");
            return Err(Error::Invalid(FieldErrors::one("overlap_seconds", text)));
        }
        self.change(actor, |tx| {
            let old = db::tokens::get(tx.conn, user_id, id)?;
            if !old.is_live(tx.now) || old.replaced_by.is_some() {
                let text = "Only a token that works and was not replaced yet can be replaced; make a new one.";
                return Err(Error::conflict("token_over", text));
            }
            let new = old.successor(tx.now, self.config.tokens.longest);
            let user = tx.token_owner(user_id, &new)?;
            let issued = tx.issue(&user, &new)?;
            let until = tx.now.plus_seconds(overlap);
            db::tokens::replace(tx.conn, old.id, issued.token.id, until)?;
            tx.touch("token", old.id)?;
            let after = json!({ "token": record(&issued.token), "old_works_until": until });
            tx.audit(entry("token.rotate", &user, Some(record(&old)), Some(after)))?;
            Ok(issued)
        })
    }

    pub fn rename_token(&self, actor: &Actor, user_id: i64, id: i64, name: &str) -> Result<Change<ApiToken>> {
        require_own_or(actor, user_id, USERS_WRITE)?;
        let name =
            text::line(name, "The name", 100).map_err(|message| Error::Invalid(FieldErrors::one("name", message)))?;
        self.change(actor, |tx| {
            let old = db::tokens::get(tx.conn, user_id, id)?;
            let user = db::users::get(tx.conn, user_id)?;
            if old.name == name {
                return Ok(old);
            }
            let new = db::tokens::rename(tx.conn, old.id, &name)?;
            tx.touch("token", old.id)?;
            tx.audit(entry("token.rename", &user, Some(record(&old)), Some(record(&new))))?;
            Ok(new)
        })
    }

    /// Revokes a token: from the answer on no node takes it. One's own, or, for who may end sessions, that of a user who may
    /// do no more than he. A token that has ended stays so.
    pub fn revoke_token(&self, actor: &Actor, user_id: i64, id: i64, reason: &str) -> Result<Change<()>> {
        require_own_or(actor, user_id, SESSIONS_WRITE)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let token = db::tokens::get(tx.conn, user_id, id)?;
            tx.revoke_tokens(user_id, &[token], &reason).map(drop)
        })
    }

    /// Revokes all live tokens of a user; as [`App::revoke_token`]. Gives how many.
    pub fn revoke_tokens(&self, actor: &Actor, user_id: i64, reason: &str) -> Result<Change<usize>> {
        require_own_or(actor, user_id, SESSIONS_WRITE)?;
        let reason = reason_line(reason)?;
        self.change(actor, |tx| {
            let tokens = db::tokens::live_of(tx.conn, user_id, tx.now)?;
            tx.revoke_tokens(user_id, &tokens, &reason)
        })
    }

    fn require_making(&self, actor: &Actor, user_id: i64) -> Result<()> {
        require_own_or(actor, user_id, USERS_WRITE)?;
        self.require_recent_proof(actor)
    }
}

/// One's own are one's own affair, but not that of a program; for those of others it takes the right.
fn require_own_or(actor: &Actor, user_id: i64, right: crate::domain::permission::Right) -> Result<()> {
    if actor.id == Some(user_id) { actor.user().map(drop) } else { actor.require_everywhere(right) }
}

fn require_seen(actor: &Actor, user_id: i64) -> Result<()> {
    if actor.id == Some(user_id) { Ok(()) } else { actor.require_everywhere(SESSIONS_READ) }
}

impl Tx<'_> {
    /// Whose token the actor may make: his own, or that of a service account, with nothing that he has not himself.
    fn token_owner(&mut self, user_id: i64, new: &NewToken) -> Result<User> {
        let user = db::users::get(self.conn, user_id)?;
        if self.actor.id == Some(user_id) {
            return Ok(user);
        }
        if !user.is_service() {
            let text =
                "A person makes his own tokens, on the page of his account. Make a service account for a program.";
            return Err(Error::conflict("not_a_service_account", text));
        }
        // Whoever makes a token has its text: without named permissions it would grow with the account beyond him.
        let everything = [Pattern::everything()];
        self.require_held(new.limit.patterns.as_deref().unwrap_or(&everything), &new.limit.scope)?;
        Ok(user)
    }

    fn issue(&mut self, user: &User, new: &NewToken) -> Result<Issued> {
        let live = db::tokens::live_of(self.conn, user.id, self.now)?.len();
        if i64::try_from(live).unwrap_or(MANY) >= MANY {
            let text = format!("There may be {MANY} tokens at once; revoke those that are not used any more.");
            return Err(Error::conflict("too_many_tokens", text));
        }
        let kind = if user.is_service() { Kind::Service } else { Kind::Personal };
        let text = token::write(kind, &self.app.rng.bytes());
        let (prefix, hash) = (token::prefix(&text), keys::token_hash(&text));
        let made = Made { user_id: user.id, by: self.actor.id, prefix: &prefix, hash: &hash };
        let token = db::tokens::insert(self.conn, new, made, self.now)?;
        self.touch("token", token.id)?;
        Ok(Issued { token, text })
    }

    /// Ends those of these tokens that are not revoked yet, and tells each to the audit log. Gives how many.
    fn revoke_tokens(&mut self, user_id: i64, tokens: &[ApiToken], reason: &str) -> Result<usize> {
        let user = db::users::get(self.conn, user_id)?;
        if self.actor.id != Some(user_id) {
            self.require_not_weaker_than(user_id)?;
        }
        self.end_tokens(&user, tokens, reason)
    }

    fn end_tokens(&mut self, user: &User, tokens: &[ApiToken], reason: &str) -> Result<usize> {
        let live: Vec<&ApiToken> = tokens.iter().filter(|token| token.is_live(self.now)).collect();
        let ids: Vec<i64> = live.iter().map(|token| token.id).collect();
        db::tokens::revoke(self.conn, &ids, self.now)?;
        self.touch_all("token", &ids)?;
        let told = live.iter().map(|token| Entry { reason, ..entry("token.revoke", user, Some(record(token)), None) });
        self.audit_all(told.collect::<Vec<_>>())?;
        Ok(ids.len())
    }

    /// Ends all tokens of a user who is gone, or whom somebody else was in.
    pub(super) fn end_all_tokens(&mut self, user: &User, reason: &str) -> Result<usize> {
        let tokens = db::tokens::live_of(self.conn, user.id, self.now)?;
        if tokens.is_empty() { Ok(0) } else { self.end_tokens(user, &tokens, reason) }
    }
}

/// A token as the audit log keeps it.
fn record(token: &ApiToken) -> Value {
    let (limit, networks) = (token.limit(), token.networks());
    json!({
        "token_id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "permissions": limit.patterns,
        "scope": limit.scope.as_str(),
        "networks": networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "expires_at": token.expires_at,
    })
}

fn entry<'a>(action: &'static str, user: &'a User, before: Option<Value>, after: Option<Value>) -> Entry<'a> {
    let (id, name) = (Some(user.id), user.username.as_str());
    Entry { action, kind: "user", id, name, before, after, reason: "" }
}
