//! Sending by SMTP.

use crate::{
    config::{Smtp, Tls},
    domain::mail::{Body, Mail},
};
use anyhow::Context as _;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls as Mode, TlsParameters},
    },
};
use secrecy::ExposeSecret;
use std::time::Duration;

/// How long one step with the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Connections are kept and used again.
pub struct Sender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Sender {
    /// Must be called on the runtime that will send: the pool of connections lives there.
    pub fn new(smtp: &Smtp) -> anyhow::Result<Self> {
        let mut tls = TlsParameters::builder(smtp.server.clone());
        if let Some(path) = &smtp.ca {
            let pem = std::fs::read(path).with_context(|| format!("MAIL_CA_FILE {}", path.display()))?;
            tls = tls.add_root_certificate(Certificate::from_pem(&pem)?);
        }
        let mode = match smtp.tls {
            Tls::Start => Mode::Required(tls.build()?),
            Tls::Wrapped => Mode::Wrapper(tls.build()?),
            Tls::None => Mode::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.server)
            .port(smtp.port)
            .tls(mode)
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(2));
        if let Some((name, password)) = &smtp.credentials {
            transport = transport.credentials(Credentials::new(name.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: transport.build(), from: smtp.from.parse()? })
    }

    /// Hands the mail to the server. The error is for the outbox page: it says what the server said.
    pub async fn send(&self, mail: &Mail, body: Body) -> Result<(), Failure> {
        let message =
            self.message(mail, body).map_err(|error| Failure { reason: format!("{error:#}"), permanent: true })?;
        self.transport.send(message).await.map(drop).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            Failure { permanent: error.is_permanent(), reason: format!("{error}{cause}") }
        })
    }

    fn message(&self, mail: &Mail, body: Body) -> anyhow::Result<Message> {
        let to = Mailbox::new(Some(mail.to_name.clone()).filter(|name| !name.is_empty()), mail.to_address.parse()?);
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&mail.subject)
            .message_id(None)
            .multipart(MultiPart::alternative_plain_html(body.text, body.html))?)
    }
}

/// Why a mail was not taken.
#[derive(Debug)]
pub struct Failure {
    pub reason: String,
    /// The server will never take it (5xx, an address that cannot be written): trying again is useless.
    pub permanent: bool,
}
