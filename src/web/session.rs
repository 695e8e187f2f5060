//! actix-session over the rows that sign-in opens: the cookie holds a key, the row its hash.

use super::middleware;
use crate::{
    app::App,
    domain::{Error, keys, session::Session as Row},
};
use actix_identity::Identity;
use actix_session::{
    Session, SessionExt,
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key},
};
use actix_web::{HttpMessage, HttpRequest, cookie::time::Duration, web};
use anyhow::anyhow;
use std::{collections::HashMap, sync::Arc};

/// What is kept under actix-identity's own name: the id of the user.
const USER: &str = "actix_identity.user_id";
/// The id of the session's row.
const ROW: &str = "session";
/// Set when the database could not be asked: the request is then answered with 503, not as if signed out.
const UNAVAILABLE: &str = "unavailable";

/// Set in place of a session that has ended: what its browser is told.
const FAREWELL: &str = "farewell";

pub struct Store(pub Arc<App>);

impl Store {
    async fn run<T: Send + 'static>(
        &self,
        f: impl FnOnce(&App) -> crate::domain::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let app = self.0.clone();
        Ok(web::block(move || f(&app)).await??)
    }
}

fn state(row: &Row) -> HashMap<String, String> {
    // actix-session keeps values as JSON, and actix-identity the id as text.
    HashMap::from([(USER.to_owned(), format!("\"{}\"", row.user_id)), (ROW.to_owned(), row.id.to_string())])
}

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let unavailable = || Some(HashMap::from([(UNAVAILABLE.to_owned(), "true".to_owned())]));
        let Some(fresh) = middleware::freshness() else { return Ok(unavailable()) };
        if let Some(row) = self.0.remembered_session(fresh, key.as_ref()) {
            return Ok(Some(state(&row)));
        }
        let key = key.as_ref().to_owned();
        let look = move |app: &App| match app.session_by_key(fresh, &key)? {
            Some(row) => Ok((Some(row), None)),
            None => Ok((None, app.farewell(&key)?)),
        };
        match self.run(look).await {
            Ok((Some(row), _)) => Ok(Some(state(&row))),
            Ok((None, told)) => Ok(told.map(|text| HashMap::from([(FAREWELL.to_owned(), format!("\"{text}\""))]))),
            Err(error) if matches!(error.downcast_ref(), Some(Error::Unavailable(_))) => Ok(unavailable()),
            Err(error) => Err(LoadError::Other(error)),
        }
    }

    /// Gives the session's row, which exists already, its key. If it has ended meanwhile it stays ended.
    async fn save(&self, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, SaveError> {
        let key = generate_session_key();
        if let Some(row) = state.get(ROW).and_then(|id| id.parse().ok()) {
            let raw = key.as_ref().to_owned();
            self.run(move |app| app.attach_session_key(row, &raw)).await.map_err(SaveError::Other)?;
        }
        Ok(key)
    }

    /// Nothing of the state can change but by a sign-in, which makes a new key.
    async fn update(
        &self,
        key: SessionKey,
        _: HashMap<String, String>,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        Ok(key)
    }

    /// The row has its own limits.
    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> anyhow::Result<()> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> anyhow::Result<()> {
        let key = key.as_ref().to_owned();
        self.run(move |app| app.detach_session_key(&key)).await
    }
}

/// Binds the browser to the session that a sign-in opened, under a new key.
pub fn begin(req: &HttpRequest, user_id: i64, session_id: i64) -> crate::domain::Result<()> {
    let session = req.get_session();
    session.renew();
    Identity::login(&req.extensions(), user_id.to_string()).map_err(|error| anyhow!("identity: {error}"))?;
    session.insert(ROW, session_id).map_err(|error| anyhow!("session: {error}"))?;
    // The login time that actix-identity would keep is the row's own.
    Ok(())
}

/// Gives the same session a new key: its user has proven more than before.
pub fn renew(req: &HttpRequest) {
    req.get_session().renew();
}

/// Takes the session from the browser.
pub fn end(req: &HttpRequest) {
    req.get_session().purge();
}

/// What the browser of a session that has ended is told; once, for its cookie goes.
pub fn farewell(req: &HttpRequest) -> Option<String> {
    let session = req.get_session();
    let told = session.get::<String>(FAREWELL).ok().flatten()?;
    session.purge();
    Some(told)
}

/// The id of the session that the request belongs to.
pub fn current(session: &Session) -> crate::domain::Result<Option<i64>> {
    if session.contains_key(UNAVAILABLE) {
        return Err(Error::Unavailable(anyhow!("the session could not be read")));
    }
    Ok(session.get::<i64>(ROW).ok().flatten())
}

/// What the forms of this request are bound to: the session, or the pre-session's random value.
pub fn binding(session_id: Option<i64>, pre: Option<&str>) -> Option<String> {
    match (session_id, pre) {
        (Some(id), _) => Some(format!("session {id}")),
        (None, Some(pre)) => Some(format!("pre {}", keys::token_hash(pre))),
        (None, None) => None,
    }
}
