//! What is configured, from where, and what of it can be changed while Rolecall runs.

use crate::{
    app::{
        App,
        settings::{About, From, Setting},
    },
    config::settings::Choice,
    domain::{FieldErrors, permission::SETTINGS_WRITE},
    web::{
        error::PageError,
        extract::{Form, SignedIn, Visitor},
        pages::{Page, admin::confirm::Reason, field_errors, words},
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

const PAGE: &str = "/admin/settings";
/// How long the page waits for a test mail, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(8);
const STEP: Duration = Duration::from_millis(200);

#[derive(Template)]
#[template(path = "admin/settings/show.html")]
struct SettingsPage {
    page: Page,
    /// By group, in order.
    groups: Vec<(&'static str, Vec<Setting>)>,
    about: About,
    may_change: bool,
}

impl SettingsPage {
    /// `3 days`: since when it runs.
    fn uptime(&self) -> String {
        let seconds = self.page.now.seconds_since(self.about.started_at).max(0);
        let whole = [86_400, 3600, 60].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
        words::duration(seconds - seconds % whole)
    }

    /// `12.4 MB`.
    fn size(&self) -> String {
        let kilobytes = self.about.bytes / 1024;
        if kilobytes < 1024 {
            format!("{kilobytes} kB")
        } else {
            format!("{}.{} MB", kilobytes / 1024, kilobytes % 1024 * 10 / 1024)
        }
    }
}

fn grouped(settings: Vec<Setting>) -> Vec<(&'static str, Vec<Setting>)> {
    let mut groups: Vec<(&'static str, Vec<Setting>)> = vec![];
    for setting in settings {
        match groups.last_mut().filter(|(name, _)| *name == setting.variable.group) {
            Some((_, rows)) => rows.push(setting),
            None => groups.push((setting.variable.group, vec![setting])),
        }
    }
    groups
}

pub async fn show(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    let (settings, about) = visitor.run(App::settings).await?;
    visitor.show(&SettingsPage {
        page: visitor.page("Settings"),
        may_change: visitor.actor.can(SETTINGS_WRITE),
        groups: grouped(settings),
        about,
    })
}

/// A field for each setting, named as it is; and why.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct SettingsForm(BTreeMap<String, String>);

#[derive(Template)]
#[template(path = "admin/settings/edit.html")]
struct EditPage {
    page: Page,
    settings: Vec<Setting>,
    reason: String,
    errors: FieldErrors,
}

async fn ask(
    visitor: &Visitor,
    status: StatusCode,
    form: Option<SettingsForm>,
    errors: FieldErrors,
) -> Result<HttpResponse, PageError> {
    visitor.actor.require_everywhere(SETTINGS_WRITE)?;
    let (settings, _) = visitor.run(App::settings).await?;
    let typed = form.unwrap_or_default().0;
    let settings = settings
        .into_iter()
        .filter(|setting| setting.choice.is_some())
        .map(|setting| match typed.get(setting.variable.name) {
            Some(value) => Setting { value: value.clone(), ..setting },
            None => setting,
        })
        .collect();
    let reason = typed.get("reason").cloned().unwrap_or_default();
    visitor.show_with(status, &EditPage { page: visitor.page("Change · Settings"), settings, reason, errors })
}

pub async fn edit(visitor: SignedIn) -> Result<HttpResponse, PageError> {
    ask(&visitor, StatusCode::OK, None, FieldErrors::default()).await
}

pub async fn update(visitor: SignedIn, Form(form): Form<SettingsForm>) -> Result<HttpResponse, PageError> {
    let typed = form.0.clone();
    let done = visitor
        .run(move |app, actor| {
            let (settings, _) = app.settings(actor)?;
            // What is as it was is not written down, so that a default that changes one day changes with it.
            let differs = |setting: &&Setting| {
                setting.changeable
                    && typed.get(setting.variable.name).is_some_and(|value| value.trim() != setting.value)
            };
            let new = settings
                .iter()
                .filter(differs)
                .map(|setting| {
                    let value = typed.get(setting.variable.name).filter(|value| !value.trim().is_empty());
                    (setting.variable.name.to_owned(), value.cloned())
                })
                .collect();
            let reason = typed.get("reason").cloned().unwrap_or_default();
            app.change_settings(actor, &new, &reason)
        })
        .await;
    match done {
        Ok(change) => {
            let told = match change.value {
                0 => "Nothing was different.".to_owned(),
                n => format!(
                    "{} changed: in force with the next request.",
                    super::counted(n, "setting is", "settings are")
                ),
            };
            Ok(visitor.done(PAGE, told, &change))
        }
        Err(error) => {
            let (status, errors) = field_errors(error)?;
            ask(&visitor, status, Some(form), errors).await
        }
    }
}

/// Sends a mail to oneself, waits a little, and tells how it fared.
pub async fn create_mail(visitor: SignedIn, Form(_): Form<Reason>) -> Result<HttpResponse, PageError> {
    let id = visitor.run(App::send_test_mail).await?;
    if visitor.app.config.smtp.is_none() {
        let text = "No mail server is configured: the mail waits in the outbox, under Mail.";
        return Ok(visitor.go_with(PAGE, "info", text));
    }
    let mut waited = Duration::ZERO;
    loop {
        match visitor.run(move |app, actor| app.test_mail_outcome(actor, id)).await? {
            Some(Ok(())) => {
                return Ok(visitor.go_with(PAGE, "ok", "The mail server took the mail: look into your inbox."));
            }
            Some(Err(reason)) => {
                return Ok(visitor.go_with(PAGE, "error", format!("The mail could not be sent: {reason}.")));
            }
            None if waited >= PATIENCE => {
                let text = "The mail server has not answered yet: see how it goes on under Mail.";
                return Ok(visitor.go_with(PAGE, "info", text));
            }
            None => tokio::time::sleep(STEP).await,
        }
        waited += STEP;
    }
}
