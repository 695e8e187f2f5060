//! Writes that a program may send again when it got no answer (the header `Idempotency-Key`, IETF draft
//! draft-ietf-httpapi-idempotency-key-header).

use super::{Actor, App};
use crate::{
    db,
    domain::{Error, FieldErrors, Result, keys::NONCE},
};
use serde::{Deserialize, Serialize};

/// How long a key is kept, in seconds.
pub const KEPT: i64 = 24 * 3600;
/// Characters of a key, at most.
const LONGEST: usize = 255;

/// The answer to the first request with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// What is to be done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// It is the first: carry it out, then tell the answer by this number.
    First(i64),
    /// It was carried out: this was the answer.
    Again(Answer),
}

fn bad_key(message: &str) -> Error {
    Error::Invalid(FieldErrors::one("Idempotency-Key", message))
}

/// Binds the answer to its row.
fn about(id: i64) -> String {
    format!("idempotent answer {id}")
}

/// Whether a key can be one, before it is taken or left alone.
pub fn judge_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > LONGEST || !key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(bad_key("A key has 1 to 255 visible characters; make up another one for each act."));
    }
    Ok(())
}

impl App {
    /// Takes a key of the actor's for a request, all of it in `request`. The same key with another request is refused, and so
    /// is one whose answer is not known: it is being made, or the process ended while it was.
    pub fn once(&self, actor: &Actor, key: &str, request: &[&str]) -> Result<Once> {
        let user = actor.user_id()?;
        judge_key(key)?;
        // With a key of ours: a request may hold a password. A token sees only answers of its own: it may be allowed less than
        // its owner.
        let token = actor.token.as_ref().map(|bearer| bearer.token.id);
        let whole = serde_json::to_string(&(token, request)).map_err(anyhow::Error::from)?;
        let print = self.keys.code_hash("idempotent request", &whole);
        let key_hash = self.keys.code_hash("idempotency key", key);
        let now = self.now();
        self.db.write(|conn| {
            let Some(kept) = db::idempotency::find(conn, user, &key_hash, now.minus_seconds(KEPT))? else {
                return Ok(Once::First(db::idempotency::insert(conn, user, &key_hash, &print, now)?));
            };
            if kept.request_hash != print {
                return Err(bad_key("This key was used for another request; make up another one for each act."));
            }
            let Some(sealed) = kept.answer else {
                return Err(Error::conflict(
                    "under_way",
                    "a request with this key is being carried out, or was when the server ended: ask what there is before you use another key",
                ));
            };
            let plain = self.keys.open(&about(kept.id), &sealed);
            let answer = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
            Ok(Once::Again(answer.ok_or_else(|| anyhow::anyhow!("a kept answer cannot be read"))?))
        })
    }

    /// Keeps the answer, sealed: it may hold a secret that is told once. `None`: nothing was done, so the key is free again.
    pub fn answered(&self, id: i64, answer: Option<&Answer>) -> Result<()> {
        self.db.write(|conn| match answer {
            None => db::idempotency::delete(conn, id),
            Some(answer) => {
                let plain = serde_json::to_vec(answer).map_err(anyhow::Error::from)?;
                db::idempotency::answer(conn, id, &self.keys.seal(self.rng.bytes::<NONCE>(), &about(id), &plain))
            }
        })
    }
}
