//! The server processes, and how rights are asked for and changed through them.

use super::history::Key;
use crate::support::{Cluster, Database, password, postgres_url};
use rolecall::{
    app::{Actor, App, Origin, entropy::Rng, signup::SignUp},
    cli::start,
    config::Config,
    db::{Db, Target, migrate},
    domain::{
        keys::Keys,
        permission::NewPermission,
        role::{Assign, NewGrant, RoleDraft},
    },
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

const SECRET: &str = "a secret of the freshness test, long enough";
/// What is turned on and off: four assignments, two permissions of a role, two inclusions. Each has a user of its own,
/// who has nothing else.
pub const KEYS: usize = 8;

struct Node {
    process: Child,
    address: SocketAddr,
}

/// What a key is about.
#[derive(Debug, Clone, Default)]
struct Subject {
    user: i64,
    /// Where it is turned on (POST) and what with; DELETE of what that made turns it off.
    path: String,
    body: Value,
}

pub struct World {
    nodes: Vec<Node>,
    subjects: Vec<Subject>,
    admin: String,
    _database: Option<Database>,
    cluster: Option<Cluster>,
}

/// A connection that is kept open to one node.
pub struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    /// Status and body; `None`: the connection broke. `proof`: a cookie, or `Bearer` and a token.
    fn send(&mut self, method: &str, path: &str, proof: &str, body: &Value) -> Option<(u16, String, String)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).ok()?;
            stream.set_nodelay(true).ok()?;
            stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
            self.stream = Some(BufReader::new(stream));
        }
        let answer = self.exchange(method, path, proof, body);
        if answer.is_none() {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, method: &str, path: &str, proof: &str, body: &Value) -> Option<(u16, String, String)> {
        let stream = self.stream.as_mut()?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let name = if proof.starts_with("Bearer ") { "Authorization" } else { "Cookie" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{name}: {proof}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes()).ok()?;
        let (mut status, mut length, mut set, mut line) = (0, 0, String::new(), String::new());
        loop {
            line.clear();
            stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let text = line.trim_end();
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3)?.parse().ok()?;
            } else if let Some((name, value)) = text.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().ok()?,
                    "set-cookie" if value.starts_with("rolecall=") => set = value.split(';').next()?.to_owned(),
                    _ => {}
                }
            } else if text.is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).ok()?;
        Some((status, String::from_utf8(bytes).ok()?, set))
    }

    /// The JSON of a success; `None`: 503 or a broken connection, which both may be. Anything else fails the test.
    fn json(&mut self, method: &str, path: &str, cookie: &str, body: &Value) -> Option<Value> {
        let (status, text, _) = self.send(method, path, cookie, body)?;
        if status == 503 {
            return None;
        }
        assert!([200, 201].contains(&status), "{method} {path} {body}: {status} {text}");
        Some(serde_json::from_str(&text).unwrap())
    }
}

impl Node {
    fn start(url: &str, folder: &std::path::Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .arg("serve")
            .env_clear()
            .envs([("DATABASE_URL", url), ("SECRET_KEY", SECRET), ("LISTEN", "127.0.0.1:0"), ("LOG_LEVEL", "error")])
            .env("DATA_DIR", folder)
            .env("SESSION_IDLE_MINUTES", "60")
            // One admin writes as fast as he can.
            .env("API_RATE_LIMIT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("http://localhost:")).expect("the server says where it is");
        let port: u16 = line.rsplit(':').next().unwrap().trim().parse().unwrap();
        thread::spawn(move || lines.for_each(drop));
        Self { process, address: ([127, 0, 0, 1], port).into() }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn form(name: &str) -> SignUp {
    SignUp {
        first_name: name.into(),
        last_name: String::new(),
        username: name.into(),
        email: format!("{name}@example.com"),
        password: password(name),
    }
}

impl World {
    /// Three nodes on a PostgreSQL of their own, or one on a SQLite file, where there can be but one.
    pub fn new() -> Self {
        let (database, cluster) = match postgres_url() {
            Some(_) => (None, Some(Cluster::start())),
            None => (Some(Database::fresh()), None),
        };
        let (target, url) = match (&database, &cluster) {
            (_, Some(cluster)) => (Target::Postgres { url: cluster.url(), ca: None }, cluster.url()),
            (Some(database), _) => (database.target.clone(), database.url()),
            _ => unreachable!(),
        };
        migrate::run(&target).unwrap();
        let subjects = prepare(&target);
        let folder = tempfile::tempdir().unwrap();
        let count = if cluster.is_some() { 3 } else { 1 };
        let nodes: Vec<Node> = (0..count).map(|_| Node::start(&url, folder.path())).collect();
        let mut world = Self { nodes, subjects, admin: String::new(), _database: database, cluster };
        world.admin = world.enter(&mut world.clients()[0], "ada").unwrap();
        world
    }

    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub fn pid(&self, node: usize) -> u32 {
        self.nodes[node].process.id()
    }

    pub fn clients(&self) -> Vec<Client> {
        let client = |node: &Node| Client { address: node.address, stream: None };
        self.nodes.iter().map(client).collect()
    }

    pub fn restart_database(&self, mode: &str) {
        if let Some(cluster) = &self.cluster {
            cluster.restart(mode);
        }
    }

    pub fn initial(&self, _: Key) -> bool {
        false
    }

    /// Turns a key on or off; the revision of the answer, or `None` if it may or may not be done.
    pub fn turn(&self, client: &mut Client, key: Key, on: bool) -> Option<i64> {
        let subject = &self.subjects[key];
        let answer = if on {
            client.json("POST", &subject.path, &self.admin, &subject.body)?
        } else {
            let id = self.made(client, key)?;
            client.json("DELETE", &format!("{}/{id}", subject.path), &self.admin, &Value::Null)?
        };
        answer["revision"].as_i64()
    }

    /// The id of what is on; whoever turns it off may not be who turned it on.
    fn made(&self, client: &mut Client, key: Key) -> Option<i64> {
        let list = client.json("GET", &self.subjects[key].path, &self.admin, &Value::Null)?;
        list["items"][0]["id"].as_i64()
    }

    /// Whether the key is on, as the database has it, when it can be reached again.
    pub fn read_back(&self, client: &mut Client, key: Key) -> bool {
        loop {
            if let Some(list) = client.json("GET", &self.subjects[key].path, &self.admin, &Value::Null) {
                return list["total"].as_i64() != Some(0);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// May they? The answers with their revisions.
    pub fn ask(&self, client: &mut Client, keys: &[Key]) -> Option<Vec<(bool, i64)>> {
        let question =
            |key: &Key| json!({ "user": self.subjects[*key].user, "permission": "posts:read", "scope": "here/too" });
        let read = |answer: &Value| (answer["allowed"].as_bool().unwrap(), answer["revision"].as_i64().unwrap());
        if let [key] = keys {
            return Some(vec![read(&client.json("POST", "/api/v1/check", &self.admin, &question(key))?)]);
        }
        let body = json!({ "checks": keys.iter().map(question).collect::<Vec<_>>() });
        let answer = client.json("POST", "/api/v1/check/batch", &self.admin, &body)?;
        Some(answer["answers"].as_array().unwrap().iter().map(read).collect())
    }

    /// Whether the session of this cookie, or the token, lives.
    pub fn ask_by(&self, client: &mut Client, proof: &str) -> Option<bool> {
        let (status, text, _) =
            client.send("POST", "/api/v1/me/check", proof, &json!({ "permission": "posts:read" }))?;
        match status {
            200 => Some(true),
            401 => Some(false),
            503 => None,
            _ => panic!("{status} {text}"),
        }
    }

    fn enter(&self, client: &mut Client, name: &str) -> Option<String> {
        let body = json!({ "username_or_email": name, "password": password(name) });
        let (status, text, cookie) = client.send("POST", "/login", "", &body)?;
        assert!([200, 503].contains(&status), "{status} {text}");
        (status == 200).then_some(cookie)
    }

    /// The cookie and the id of a new session of bob.
    pub fn sign_in(&self, client: &mut Client) -> Option<(String, i64)> {
        let cookie = self.enter(client, "bob")?;
        let list = client.json("GET", "/api/v1/sessions", &cookie, &Value::Null)?;
        let own = list["items"].as_array()?.iter().find(|session| session["current"] == true)?;
        Some((cookie, own["id"].as_i64()?))
    }

    /// `Bearer` and a new token of ada's, and its id.
    pub fn make_token(&self, client: &mut Client) -> Option<(String, i64)> {
        let new = json!({ "name": "comes and goes", "permissions": ["posts:read"] });
        let made = client.json("POST", "/api/v1/me/tokens", &self.admin, &new)?;
        Some((format!("Bearer {}", made["secret"].as_str()?), made["id"].as_i64()?))
    }

    /// Revokes it; a second time, after a lost answer, changes nothing.
    pub fn revoke_token(&self, client: &mut Client, id: i64) -> Option<i64> {
        let done = client.json("DELETE", &format!("/api/v1/me/tokens/{id}"), &self.admin, &Value::Null)?;
        done["revision"].as_i64()
    }

    /// Ends a session of bob as an admin does.
    pub fn end_session(&self, client: &mut Client, id: i64) -> Option<i64> {
        let path = format!("/api/v1/users/{}/sessions/{id}", self.subjects[KEYS].user);
        match client.send("DELETE", &path, &self.admin, &Value::Null)? {
            (200, text, _) => serde_json::from_str::<Value>(&text).unwrap()["revision"].as_i64(),
            // Ended by the try before, whose answer was lost.
            (404, ..) => Some(0),
            (503, ..) => None,
            (status, text, _) => panic!("{status} {text}"),
        }
    }
}

/// Users, roles and what is turned on and off; at the end stands bob, whose sessions come and go.
fn prepare(target: &Target) -> Vec<Subject> {
    let vars = HashMap::from([("LOG_LEVEL".to_owned(), "off".to_owned())]);
    let mut config = Config::read(&vars).unwrap();
    config.database = target.clone();
    config.sign_in.bcrypt_cost = 4;
    let db = Db::open(target, 4).unwrap();
    let app = App::new(config, Keys::derive(SECRET.as_bytes()), db, start::clock(), Rng::from_os());
    app.prepare().unwrap();
    let (operator, admin) = (Actor::operator(), app.create_admin(&form("ada")).unwrap());
    let mut others: Vec<Subject> = vec![];
    app.create_permission(&operator, &NewPermission::parse("posts", "read", "", "").unwrap()).unwrap();
    let role = |name: &str| app.create_role(&operator, &RoleDraft::parse(name, "", "").unwrap()).unwrap().value.id;
    let reader = role("reader");
    app.grant(&operator, reader, &NewGrant::parse("posts:read", "", "").unwrap()).unwrap();
    for key in 0..=KEYS {
        let name = if key == KEYS { "bob".to_owned() } else { format!("user{key}") };
        app.sign_up(Origin { ip: format!("192.0.2.{key}"), ..Origin::default() }, &form(&name)).unwrap();
        let user = app.find_user(&operator, &name).unwrap().id;
        let own = role(&format!("role {key}"));
        let (path, body) = match key {
            0..4 => (format!("/api/v1/users/{user}/roles"), json!({ "role_id": reader, "scope": "here" })),
            4 | 5 => (format!("/api/v1/roles/{own}/permissions"), json!({ "permission": "posts:read" })),
            _ => (format!("/api/v1/roles/{own}/inclusions"), json!({ "junior_id": reader })),
        };
        if (4..KEYS).contains(&key) {
            app.give_role(&operator, &Assign::parse(user, own, "", "", "", "").unwrap()).unwrap();
        }
        others.push(Subject { user, path, body });
    }
    assert!(admin.id > 0);
    others
}
