//! The devices that stand in for a user's second factor.

use super::{
    confirm::{Confirm, Reason},
    counted,
};
use crate::{
    domain::permission::SESSIONS_WRITE,
    web::{
        error::PageError,
        extract::{Form, Query, SignedIn, Visitor},
    },
};
use actix_web::{HttpResponse, web::Path};
use serde::Deserialize;

/// `?id=3`: only this one.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Which {
    id: Option<i64>,
}

async fn ask(visitor: &Visitor, id: i64, which: Which) -> Result<Confirm, PageError> {
    visitor.actor.require_everywhere(SESSIONS_WRITE)?;
    let (view, security) =
        visitor.run(move |app, actor| Ok((app.user(actor, id)?, app.user_security(actor, id)?))).await?;
    let heading = match which.id {
        Some(_) => format!("End the trust in this device of {}?", view.user.name()),
        None => format!("Trust no device of {} any more?", view.user.name()),
    };
    let mut confirm = Confirm::new(visitor, heading, "End trust")
        .from("Users", "/admin/users")
        .from(view.user.name(), format!("/admin/users/{id}/sessions"));
    for device in security.devices.iter().filter(|device| which.id.is_none_or(|id| id == device.id)) {
        confirm =
            confirm.loses(format!("{} from {} stands in for the second factor no more.", device.device(), device.ip));
    }
    Ok(confirm.keeps("His sessions stay: he is asked for the code at the next sign-in."))
}

pub async fn confirm(visitor: SignedIn, id: Path<i64>, Query(which): Query<Which>) -> Result<HttpResponse, PageError> {
    ask(&visitor, *id, which).await?.show(&visitor)
}

pub async fn delete(
    visitor: SignedIn,
    id: Path<i64>,
    Query(which): Query<Which>,
    Form(form): Form<Reason>,
) -> Result<HttpResponse, PageError> {
    let (id, reason) = (*id, form.reason.clone());
    match visitor.run(move |app, actor| app.distrust_user_devices(actor, id, which.id, &reason)).await {
        Ok(change) => {
            let told = format!("{} trusted no more.", counted(change.value, "device is", "devices are"));
            Ok(visitor.go_with(&format!("/admin/users/{id}/sessions"), "ok", told))
        }
        Err(error) => ask(&visitor, id, which).await?.refused(&visitor, form, error),
    }
}
