//! Forward-auth: for which other hosts a sign-in counts.

use super::{Reader, Web};

#[derive(Debug, Clone, Default)]
pub struct Forward {
    /// `FORWARD_AUTH_DOMAIN`: `example.com` lets applications at and below it know who signed in to Rolecall, which is there
    /// itself. `None` (default): only those on Rolecall's own host.
    pub domain: Option<String>,
}

impl Forward {
    pub(super) fn read(reader: &mut Reader<'_>, web: &Web) -> Self {
        let domain = reader.text("FORWARD_AUTH_DOMAIN").map(str::to_lowercase);
        let own = web.public_url.domain().unwrap_or_default();
        let holds_us =
            |domain: &str| own.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        // A top-level domain is nobody's: browsers refuse cookies for it.
        let is_good =
            |domain: &String| holds_us(domain) && domain.trim_matches('.').contains('.') && !domain.starts_with('.');
        if domain.as_ref().is_some_and(|domain| !is_good(domain)) {
            reader.wrong(
                "FORWARD_AUTH_DOMAIN",
                "expected the domain that PUBLIC_URL's host and the applications share, such as example.com",
            );
        }
        Self { domain }
    }
}
