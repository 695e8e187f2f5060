//! Mail leaves by SMTP: to a small server of our own, and in CI to a real one (aiosmtpd).

mod messages;
mod server;

use crate::support::{Site, password};
use rolecall::{app::Actor, config::Tls, domain::page::ListQuery, mail::smtp::Sender};
use server::{Behaviour, Real, Server};
use std::time::{Duration, Instant};

/// Runs the outbox worker of a site until it is dropped.
struct Worker(Option<tokio::sync::oneshot::Sender<()>>, Option<std::thread::JoinHandle<()>>);

impl Worker {
    fn start(site: &Site) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let app = site.app.clone();
        let thread = std::thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(
                async move {
                    let sender = Sender::new(app.config.smtp.as_ref().unwrap()).unwrap();
                    app.deliver_mails(Some(sender), async move { drop(stopped.await) }).await;
                },
            );
        });
        Self(Some(stop), Some(thread))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.0.take());
        self.1.take().unwrap().join().unwrap();
    }
}

/// Waits (bounded) until something is so.
fn eventually<T>(what: &str, mut f: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if let Some(value) = f() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} did not happen");
}

fn states(site: &Site) -> Vec<&'static str> {
    let page = site.app.mails(&Actor::operator(), &ListQuery { limit: Some(100), ..ListQuery::default() }).unwrap();
    page.items.iter().map(|mail| mail.status()).collect()
}

fn site(port: u16, tls: Tls, ca: Option<std::path::PathBuf>) -> Site {
    Site::with(move |config| {
        config.smtp = Some(rolecall::config::Smtp {
            server: "localhost".into(),
            port,
            tls,
            credentials: None,
            from: "Rolecall <rolecall@example.com>".into(),
            ca,
        });
    })
}

#[test]
fn the_welcome_and_the_code_mail_arrive_with_text_and_html() {
    let server = Server::start(Behaviour::Take);
    let site = site(server.port, Tls::None, None);
    let _worker = Worker::start(&site);
    let welcome = eventually("the welcome mail", || {
        server
            .received()
            .into_iter()
            .find(|mail| mail.contains("To: \"Bob Example\" <bob@example.com>") || mail.contains("bob@example.com"))
    });
    assert!(
        welcome.contains("From: \"Rolecall\" <rolecall@example.com>")
            || welcome.contains("From: Rolecall <rolecall@example.com>"),
        "{welcome}"
    );
    assert!(
        welcome.contains("multipart/alternative") && welcome.contains("text/plain") && welcome.contains("text/html"),
        "{welcome}"
    );
    eventually("all sent", || states(&site).iter().all(|state| *state == "sent").then_some(()));
}

#[test]
fn what_was_sent_is_erased_from_the_outbox() {
    let server = Server::start(Behaviour::Take);
    let site = site(server.port, Tls::None, None);
    let _worker = Worker::start(&site);
    eventually("all sent", || states(&site).iter().all(|state| *state == "sent").then_some(()));
    let page = site.app.mails(&Actor::operator(), &ListQuery::default()).unwrap();
    assert!(!page.items.is_empty() && page.items.iter().all(|mail| mail.body.is_none()));
}

#[test]
fn starttls_and_wrapped_tls_work_and_a_foreign_certificate_is_refused() {
    for (behaviour, tls) in [(Behaviour::StartTls, Tls::Start), (Behaviour::Wrapped, Tls::Wrapped)] {
        let server = Server::start(behaviour);
        let trusting = site(server.port, tls, Some(server.ca_file()));
        let worker = Worker::start(&trusting);
        eventually("all sent", || states(&trusting).iter().all(|state| *state == "sent").then_some(()));
        drop(worker);
        let count = server.received().len();
        let distrusting = site(server.port, tls, None);
        let _worker = Worker::start(&distrusting);
        eventually("a failed try", || states(&distrusting).iter().all(|state| *state == "retrying").then_some(()));
        assert_eq!(server.received().len(), count);
    }
}

#[test]
fn a_server_without_tls_gets_nothing_when_tls_is_asked_for() {
    let server = Server::start(Behaviour::Take);
    let site = site(server.port, Tls::Start, None);
    let _worker = Worker::start(&site);
    eventually("a failed try", || states(&site).iter().all(|state| *state == "retrying").then_some(()));
    assert!(server.received().is_empty());
}

#[test]
fn a_refused_mail_is_retried_later_and_later_and_then_given_up_with_the_reason() {
    let server = Server::start(Behaviour::Later);
    let site = site(server.port, Tls::None, None);
    let _worker = Worker::start(&site);
    for _ in 0..40 {
        if states(&site).iter().all(|state| *state == "failed") {
            break;
        }
        site.pass(4501);
        site.app.mail_bell.notify_one();
        std::thread::sleep(Duration::from_millis(100));
    }
    eventually("given up", || states(&site).iter().all(|state| *state == "failed").then_some(()));
    let page = site.app.mails(&Actor::operator(), &ListQuery::default()).unwrap();
    assert!(
        page.items.iter().all(|mail| mail.tries == 10),
        "{:?}",
        page.items.iter().map(|m| m.tries).collect::<Vec<_>>()
    );
    assert!(
        page.items.iter().all(|mail| mail.last_error.as_deref().is_some_and(|error| error.contains("try later"))),
        "{:?}",
        page.items[0].last_error
    );
}

#[test]
fn a_mail_that_will_never_be_taken_fails_at_once_and_can_be_sent_again_by_hand() {
    let server = Server::start(Behaviour::Never);
    let site = site(server.port, Tls::None, None);
    let _worker = Worker::start(&site);
    eventually("given up", || states(&site).iter().all(|state| *state == "failed").then_some(()));
    server.behave(Behaviour::Take);
    let page = site.app.mails(&Actor::operator(), &ListQuery::default()).unwrap();
    for mail in &page.items {
        site.app.retry_mail(&Actor::operator(), mail.id).unwrap();
    }
    eventually("sent at last", || states(&site).iter().all(|state| *state == "sent").then_some(()));
}

#[test]
fn a_dead_mail_server_never_makes_a_request_fail() {
    // Nothing listens there.
    let site = site(1, Tls::None, None);
    let _worker = Worker::start(&site);
    let mut browser = site.browser_of("bob");
    assert_eq!(browser.get("/").status, 303);
    let form = serde_json::json!({ "first_name": "N", "last_name": "N", "username": "newcomer", "email": "n@example.com", "password": password("n") });
    assert_eq!(site.program().post("/signup", form).status, 201);
    eventually("a failed try", || states(&site).contains(&"retrying").then_some(()));
}

#[test]
fn two_workers_on_one_outbox_send_each_mail_once() {
    let server = Server::start(Behaviour::Take);
    let site = site(server.port, Tls::None, None);
    let workers = (Worker::start(&site), Worker::start(&site));
    eventually("all sent", || states(&site).iter().all(|state| *state == "sent").then_some(()));
    drop(workers);
    assert_eq!(server.received().len(), states(&site).len());
}

/// CI provides aiosmtpd and says where; there its absence is a failure, elsewhere our own server stands for it.
#[test]
fn a_real_mail_server_takes_the_welcome_and_the_code_mail() {
    let Some(real) = Real::start() else {
        assert!(std::env::var_os("CI").is_none(), "CI must provide aiosmtpd (TEST_PYTHON)");
        return;
    };
    let site = site(real.port, Tls::None, None);
    let mut program = site.program_of("bob");
    site.app.begin_email_factor(&site.actor("bob")).unwrap();
    let _worker = Worker::start(&site);
    let subjects = eventually("both mails", || {
        let subjects = real.subjects();
        (subjects.iter().any(|s| s.contains("Welcome to Rolecall")) && subjects.iter().any(|s| s.contains("Your code")))
            .then_some(subjects)
    });
    assert!(subjects.len() >= 2);
    assert_eq!(program.get("/check_auth_status").status, 200);
}
