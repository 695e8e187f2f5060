//! Telling the owners of tokens that these end soon.

use super::{Actor, App, Origin, Tx};
use crate::{
    db,
    domain::{
        Result,
        token::{ApiToken, WARNING},
        user::User,
    },
    mail::messages,
};

/// Tokens that are looked at in one transaction: other writers wait no longer.
const AT_ONCE: i64 = 200;

impl App {
    /// Mails the owner of each token that ends within [`WARNING`] seconds, once; of a service account, which has no mailbox, the
    /// one who made the token. Gives how many tokens were looked at.
    pub(super) fn warn_of_ending_tokens(&self) -> Result<usize> {
        let nobody = Actor::anonymous(Origin::default());
        let mut all = 0;
        loop {
            let change = self.change(&nobody, |tx| {
                let ending = db::tokens::ending(tx.conn, tx.now, tx.now.plus_seconds(WARNING), AT_ONCE)?;
                for token in &ending {
                    tx.warn_of_end(token)?;
                }
                let ids: Vec<i64> = ending.iter().map(|token| token.id).collect();
                db::tokens::warned(tx.conn, &ids, tx.now)?;
                Ok(ids.len())
            })?;
            if change.value == 0 {
                return Ok(all);
            }
            all += change.value;
        }
    }
}

impl Tx<'_> {
    fn warn_of_end(&mut self, token: &ApiToken) -> Result<()> {
        // Who chose so short a life for it knows; what was replaced has a successor.
        if token.replaced_by.is_some() || token.expires_at.seconds_since(token.created_at) <= WARNING {
            return Ok(());
        }
        let Some(owner) = self.who_reads_mail(token.user_id)? else { return Ok(()) };
        let (reader, place) = match (owner.is_service(), token.created_by) {
            (false, _) => (Some(owner.clone()), "/account/tokens".to_owned()),
            (true, Some(maker)) => (self.who_reads_mail(maker)?, format!("/admin/users/{}/tokens", owner.id)),
            (true, None) => (None, String::new()),
        };
        let Some(reader) = reader else { return Ok(()) };
        let mut context = self.mail_context(&reader);
        let of = if owner.is_service() { format!(" of the service account {}", owner.username) } else { String::new() };
        context.what = format!("the token “{}” ({}…){of}", token.name, token.prefix).into();
        context.until = Some(token.expires_at);
        context.link = self.app.config.web.address(&place);
        self.mail(messages::token_ending(&reader, &context)?)
    }

    /// A user who is there and whom nothing bars.
    fn who_reads_mail(&mut self, id: i64) -> Result<Option<User>> {
        let now = self.now;
        Ok(db::users::find(self.conn, id)?.filter(|user| !user.bars.is_barred(now)))
    }
}
