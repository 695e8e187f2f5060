//! The command line, as a process.

mod clock;
mod crowd;
mod demo;

use crate::support::Database;
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The binary with nothing of our own environment but what it needs and the authority of the PostgreSQL of the tests.
fn rolecall(folder: &Path, vars: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command
        .env_clear()
        .current_dir(folder)
        .env("DATA_DIR", folder)
        .env("LISTEN", "127.0.0.1:0")
        .env("BCRYPT_COST", "10")
        .envs(crate::support::ca().map(|ca| ("DATABASE_CA_FILE", ca)))
        .envs(vars.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, vars: &[(&str, &str)], args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = rolecall(folder, vars).args(args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

/// A server under way; killed when dropped.
struct Served {
    process: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Served {
    fn start(folder: &Path, vars: &[(&str, &str)], args: &[&str]) -> Self {
        let mut process = rolecall(folder, vars).args(args).stderr(Stdio::null()).spawn().unwrap();
        let (send, lines) = std::sync::mpsc::channel();
        let out = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        Self { process, lines }
    }

    /// The next line that holds `text`.
    fn line(&self, text: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            if let Ok(line) = self.lines.recv_timeout(Duration::from_millis(200))
                && line.contains(text)
            {
                return line;
            }
        }
        panic!("the server never said {text:?}");
    }

    fn address(&self) -> std::net::SocketAddr {
        let line = self.line("http://localhost:");
        let port: u16 = line.rsplit(':').next().unwrap().trim().parse().unwrap();
        ([127, 0, 0, 1], port).into()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_wrong_configuration_is_told_whole_and_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = run(
        folder.path(),
        &[("DATABASE_URL", "postgers://localhost/x"), ("BCRYPT_COST", "3"), ("MAIL_USE_TLS", "maybe")],
        &[],
    );
    assert_eq!(code, Some(1));
    for name in ["DATABASE_URL", "BCRYPT_COST", "MAIL_USE_TLS"] {
        assert!(said.contains(name), "{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn an_unreachable_database_ends_the_start_with_a_clear_word() {
    let folder = tempfile::tempdir().unwrap();
    let key = "k".repeat(40);
    let (code, said) = run(
        folder.path(),
        &[("DATABASE_URL", "postgres://rolecall:topsecret@127.0.0.1:1/roles?sslmode=disable"), ("SECRET_KEY", &key)],
        &["serve"],
    );
    assert_eq!(code, Some(1));
    assert!(said.contains("roles on 127.0.0.1") && !said.contains("topsecret"), "{said}");
    let (code, said) = run(folder.path(), &[("DATABASE_URL", "sqlite:////no/such/folder/x.db")], &["serve"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("/no/such/folder/x.db"), "{said}");
}

#[test]
fn the_secret_key_is_made_once_and_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let vars = [("DATA_DIR", data.to_str().unwrap())];
    assert_eq!(run(folder.path(), &vars, &["migrate"]).0, Some(0));
    let mut admin = rolecall(folder.path(), &vars)
        .args(["admin", "create", "--username", "ada", "--email", "ada@example.com", "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    admin.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
    assert!(admin.wait_with_output().unwrap().status.success());
    let key = data.join("secret_key");
    let made = std::fs::read(&key).unwrap();
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    run(folder.path(), &vars, &["admin", "create", "--username", "x", "--email", "x@example.com", "--password-stdin"]);
    assert_eq!(std::fs::read(&key).unwrap(), made);
}

#[test]
fn an_admin_is_made_while_the_server_runs_and_the_set_up_link_dies() {
    let database = Database::empty();
    let (folder, url, key) = (database.folder().to_owned(), database.url(), "k".repeat(40));
    let vars = [("DATABASE_URL", url.as_str()), ("SECRET_KEY", &key)];
    let server = Served::start(&folder, &vars, &[]);
    let address = server.address();
    let link = server.line("/setup/").trim().to_owned();
    let path = url::Url::parse(&link).unwrap().path().to_owned();
    let mut admin = rolecall(&folder, &vars)
        .args(["admin", "create", "--username", "ada", "--email", "ada@example.com", "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    admin.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
    let output = admin.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut program = crate::support::Program::new(address);
    let answer =
        program.post("/login", serde_json::json!({ "username_or_email": "ada", "password": "a long password" }));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(crate::support::Browser::new(address).get(&path).status, 410);
    let health = rolecall(&folder, &vars).env("LISTEN", address.to_string()).arg("healthcheck").output().unwrap();
    assert!(health.status.success());
}

#[test]
fn a_bad_password_for_an_admin_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut admin = rolecall(folder.path(), &[])
        .args(["admin", "create", "--username", "a@b", "--email", "nope", "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    admin.stdin.take().unwrap().write_all(b"short\n").unwrap();
    let output = admin.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(["username", "email", "password"].iter().all(|field| said.contains(field)), "{said}");
}

#[test]
fn a_stop_lets_the_running_request_end_and_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Served::start(folder.path(), &[("BCRYPT_COST", "14")], &["serve"]);
    let address = server.address();
    // A sign-in takes a while: the hash. The signal comes in its midst.
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let body = r#"{"username_or_email":"nobody","password":"a long password"}"#;
    write!(stream, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
    std::thread::sleep(Duration::from_millis(400));
    assert!(Command::new("kill").arg(server.process.id().to_string()).status().unwrap().success());
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let began = Instant::now();
    let status = server.process.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[test]
fn the_help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = run(folder.path(), &[], &["--help"]);
    assert_eq!(code, Some(0));
    for command in ["serve", "migrate", "admin", "demo", "healthcheck", "users"] {
        assert!(said.contains(command), "{said}");
    }
}

#[test]
fn users_of_another_system_are_imported_from_a_file_all_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let hash = "pbkdf2:sha256:1000$v15nUC6zKwuu4hFz$3e05081ce5283796520f6372a9b892da4622aabb51d559eab7034e97e8b0b4e4";
    let good = serde_json::json!({ "username": "bob", "email": "bob@example.com", "first_name": "Bob", "password_hash": hash, "email_verified": true });
    let import = |lines: &str| {
        std::fs::write(folder.path().join("users.jsonl"), lines).unwrap();
        run(folder.path(), &[], &["users", "import", "users.jsonl"])
    };
    let (code, said) = import(&format!(
        "{good}\n\n{{\"username\": \"x\"}}\n{}\n",
        serde_json::json!({ "username": "carol", "email": "nope", "first_name": "", "password_hash": "plain" })
    ));
    assert_eq!(code, Some(1));
    for part in ["nobody was imported", "line 3: ", "line 4: email", "line 4: first_name", "line 4: password_hash"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, said) = import(&format!("{good}\n\n{good}\n"));
    assert!(code == Some(1) && said.contains("line 3: username"), "{said}");
    let (code, said) = import(&format!("{good}\n"));
    assert!(code == Some(0) && said.contains("1 user was imported"), "{said}");
    let server = Served::start(folder.path(), &[], &[]);
    let mut program = crate::support::Program::new(server.address());
    let body = serde_json::json!({ "username_or_email": "bob", "password": "the long password of bob" });
    assert_eq!(program.post("/login", body).status, 200);
}

#[test]
fn the_audit_log_is_verified_and_taken_away_from_the_machine() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    let (url, key) = (database.url(), "k".repeat(40));
    let vars = [("DATABASE_URL", url.as_str()), ("SECRET_KEY", key.as_str())];
    let run = |args: &[&str]| run(folder.path(), &vars, args);
    let (code, told) = run(&["audit", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("The chain holds"), "{told}");
    let (code, lines) = run(&["audit", "export", "--format", "jsonl"]);
    assert_eq!(code, Some(0), "{lines}");
    let file = folder.path().join("audit.jsonl");
    std::fs::write(&file, &lines).unwrap();
    assert_eq!(run(&["audit", "verify", "--file", file.to_str().unwrap()]).0, Some(0));
    std::fs::write(&file, lines.replace("admin", "nimda")).unwrap();
    assert_eq!(run(&["audit", "verify", "--file", file.to_str().unwrap()]).0, Some(1));
    assert!(run(&["audit", "export", "--format", "csv"]).1.starts_with("id,at,"));
    database.tamper("DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)");
    let (code, told) = run(&["audit", "verify"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("cut off"), "{told}");
}
