//! A small SMTP server for tests (RFC 5321, as much as a client needs; STARTTLS by RFC 3207), and aiosmtpd where CI has it.

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Take,
    /// Offers STARTTLS and takes mail only after it.
    StartTls,
    /// TLS from the first byte.
    Wrapped,
    /// 451 to every mail.
    Later,
    /// 550 to every mail.
    Never,
}

pub struct Server {
    pub port: u16,
    behaviour: Arc<Mutex<Behaviour>>,
    mails: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

impl Server {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let (tls, behaviour, mails) = (Arc::new(tls), Arc::new(Mutex::new(behaviour)), Arc::new(Mutex::new(vec![])));
        let shared = (behaviour.clone(), mails.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tls, (behaviour, mails)) = (tls.clone(), shared.clone());
                std::thread::spawn(move || talk(stream, &tls, &behaviour, &mails));
            }
        });
        Self { port, behaviour, mails, folder }
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// What was taken, headers and body, as sent.
    pub fn received(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn talk(
    stream: TcpStream,
    tls: &Arc<ServerConfig>,
    behaviour: &Mutex<Behaviour>,
    mails: &Mutex<Vec<String>>,
) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let secure = |stream: TcpStream| {
        Some(Box::new(StreamOwned::new(ServerConnection::new(tls.clone()).ok()?, stream)) as Box<dyn Wire>)
    };
    let starting = *behaviour.lock().unwrap();
    let raw = stream.try_clone().ok()?;
    let mut wire: BufReader<Box<dyn Wire>> =
        BufReader::new(if starting == Behaviour::Wrapped { secure(stream)? } else { Box::new(stream) });
    let mut safe = starting != Behaviour::StartTls;
    say(&mut wire, "220 test")?;
    loop {
        let mut line = String::new();
        if wire.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let verb = line.trim_end().to_ascii_uppercase();
        let now = *behaviour.lock().unwrap();
        match verb.as_str() {
            v if v.starts_with("EHLO") && !safe => say(&mut wire, "250-test\r\n250 STARTTLS")?,
            v if v.starts_with("EHLO") => say(&mut wire, "250-test\r\n250 8BITMIME")?,
            "STARTTLS" if !safe => {
                say(&mut wire, "220 go on")?;
                wire = BufReader::new(secure(raw.try_clone().ok()?)?);
                safe = true;
            }
            v if v.starts_with("MAIL") && now == Behaviour::Later => say(&mut wire, "451 try later")?,
            v if v.starts_with("MAIL") && now == Behaviour::Never => say(&mut wire, "550 never")?,
            v if v.starts_with("MAIL") && !safe => say(&mut wire, "530 STARTTLS first")?,
            "DATA" => {
                say(&mut wire, "354 go on")?;
                let mut mail = String::new();
                loop {
                    let mut line = String::new();
                    wire.read_line(&mut line).ok()?;
                    if line == ".\r\n" {
                        break;
                    }
                    mail.push_str(&line);
                }
                mails.lock().unwrap().push(mail);
                say(&mut wire, "250 taken")?;
            }
            "QUIT" => return say(&mut wire, "221 bye"),
            _ => say(&mut wire, "250 ok")?,
        }
    }
}

fn say(wire: &mut BufReader<Box<dyn Wire>>, line: &str) -> Option<()> {
    write!(wire.get_mut(), "{line}\r\n").ok()?;
    wire.get_mut().flush().ok()
}

/// aiosmtpd in a process of its own; keeps what it takes as files.
pub struct Real {
    pub port: u16,
    process: Child,
    folder: TempDir,
}

const PROGRAM: &str = r#"
import sys, time, itertools
from aiosmtpd.controller import Controller
folder, numbers = sys.argv[1], itertools.count()
class Keep:
    async def handle_DATA(self, server, session, envelope):
        with open(f"{folder}/{next(numbers)}.eml", "wb") as f:
            f.write(envelope.content)
        return "250 OK"
controller = Controller(Keep(), hostname="127.0.0.1", port=int(sys.argv[2]))
controller.start()
print("ready", flush=True)
time.sleep(600)
"#;

impl Real {
    /// `None` where `TEST_PYTHON` is not set.
    pub fn start() -> Option<Self> {
        let python = std::env::var_os("TEST_PYTHON")?;
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(python)
            .args(["-c", PROGRAM, &folder.path().display().to_string(), &port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert_eq!(ready.trim(), "ready");
        Some(Self { port, process, folder })
    }

    pub fn subjects(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        files
            .filter_map(|mail| mail.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned)))
            .collect()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
