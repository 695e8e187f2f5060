//! The cookies, all of them. On https each has the `__Host-` prefix (only this very host can set them), but for the one that other
//! hosts are to be sent.

use crate::{
    app::{App, devices::DeviceToken},
    domain::keys,
};
use actix_web::{
    HttpRequest,
    cookie::{Cookie, CookieJar, Key, SameSite, time::Duration},
    http::header,
};

/// The key of the session, signed.
pub const SESSION: &str = "rolecall";
/// A random value that binds the forms of somebody who is not signed in to his browser.
pub const PRE: &str = "rolecall-pre";
/// The opaque id of a sign-in whose second factor is due.
pub const LOGIN: &str = "rolecall-login";
/// What the next page tells, signed.
pub const FLASH: &str = "rolecall-flash";
/// `light`, `dark` or `auto`.
pub const THEME: &str = "rolecall-theme";

/// What proves the session to `/auth/verify` and nowhere else: see [`forward`].
const FORWARD: &str = "rolecall-forward";

/// The tokens of the browser as a device, one for each user who signs in with it, the latest first.
pub const DEVICE: &str = "rolecall-device";

/// Users whose device a browser stays.
const DEVICES: usize = 5;

/// The device tokens that the browser holds.
pub fn devices(req: &HttpRequest, app: &App) -> Vec<String> {
    let held = read(req, app, DEVICE).unwrap_or_default();
    held.split('.').filter(|token| !token.is_empty()).take(DEVICES).map(str::to_owned).collect()
}

/// The cookie with one more device token, or another one in the place of an old one.
pub fn add_device(req: &HttpRequest, app: &App, device: DeviceToken) -> Cookie<'static> {
    let DeviceToken { token, replaces } = device;
    let held = devices(req, app).into_iter().filter(|held| replaces.as_deref() != Some(&keys::token_hash(held)));
    let all: Vec<String> = [token].into_iter().chain(held).take(DEVICES).collect();
    make(app, DEVICE, all.join("."), Some(Duration::seconds(App::DEVICE_SECONDS)))
}

/// The cookie's full name under the configured address.
pub fn name(app: &App, base: &str) -> String {
    if app.config.web.is_https() { format!("__Host-{base}") } else { base.to_owned() }
}

/// A cookie of ours. `max_age`: `None` lets it end with the browser.
pub fn make(app: &App, base: &str, value: String, max_age: Option<Duration>) -> Cookie<'static> {
    let cookie = Cookie::build(name(app, base), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.web.is_https());
    match max_age {
        Some(age) => cookie.max_age(age).finish(),
        None => cookie.finish(),
    }
}

/// The opposite of [`make`]: tells the browser to forget it.
pub fn remove(app: &App, base: &str) -> Cookie<'static> {
    make(app, base, String::new(), Some(Duration::ZERO))
}

/// The name of the cookie that applications behind a proxy are sent. `__Host-` would keep it from other hosts.
fn forward_name(app: &App) -> String {
    match (app.config.web.is_https(), &app.config.forward.domain) {
        (true, None) => format!("__Host-{FORWARD}"),
        (true, Some(_)) => format!("__Secure-{FORWARD}"),
        (false, _) => FORWARD.to_owned(),
    }
}

/// The cookie for applications behind a proxy: it goes to their hosts too. Ends with the browser.
pub fn forward(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = make(app, FORWARD, token, None);
    cookie.set_name(forward_name(app));
    if let Some(domain) = app.config.forward.domain.clone() {
        cookie.set_domain(domain);
    }
    cookie
}

/// All cookies of that name that came: another host below the domain may have set one beside ours.
pub fn forward_tokens(req: &HttpRequest, app: &App) -> Vec<String> {
    let name = forward_name(app);
    let headers = req.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let values = headers.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    values.filter(|(given, _)| *given == name).take(DEVICES).map(|(_, value)| value.to_owned()).collect()
}

/// The cookie's value as it stands in the header. For what every request asks: nothing is decoded or allocated.
fn raw<'r>(req: &'r HttpRequest, app: &App, base: &str) -> Option<&'r str> {
    let host = if app.config.web.is_https() { "__Host-" } else { "" };
    let headers = req.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    headers
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim_start().strip_prefix(host)?.strip_prefix(base)?.strip_prefix('='))
}

/// Whether the request has the cookie, whatever it is worth.
pub fn is_there(req: &HttpRequest, app: &App, base: &str) -> bool {
    raw(req, app, base).is_some()
}

/// Letters and digits in the key that actix-session makes.
const KEY: usize = 64;

/// What would be the session's key, at the end of its signed cookie. The signature is not looked at.
pub fn session_key<'r>(req: &'r HttpRequest, app: &App) -> Option<&'r str> {
    let value = raw(req, app, SESSION)?;
    value.get(value.len().checked_sub(KEY)?..)
}

pub fn read(req: &HttpRequest, app: &App, base: &str) -> Option<String> {
    req.cookie(&name(app, base)).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// A cookie that nobody else can make up.
pub fn make_signed(app: &App, base: &str, value: String, max_age: Option<Duration>) -> Cookie<'static> {
    let cookie = make(app, base, value, max_age);
    let mut jar = CookieJar::new();
    let key = Key::from(app.keys.cookie());
    jar.signed_mut(&key).add(cookie.clone());
    jar.get(cookie.name()).cloned().unwrap_or(cookie)
}

pub fn read_signed(req: &HttpRequest, app: &App, base: &str) -> Option<String> {
    let cookie = req.cookie(&name(app, base))?;
    let mut jar = CookieJar::new();
    jar.add_original(cookie.clone().into_owned());
    let key = Key::from(app.keys.cookie());
    jar.signed(&key).get(cookie.name()).map(|cookie| cookie.value().to_owned())
}
