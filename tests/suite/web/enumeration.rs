//! No open form tells who has an account: neither by what it answers, to the byte, nor by when.
//!
//! Times are compared in rounds: in each, every kind of name is asked for once, in another order, and the differences within
//! the rounds are judged. So whatever else the machine does falls on all alike.

use crate::support::{Answer, Site, password};
use rolecall::{
    app::{Actor, Origin, import::ForeignUser, signup::SignUp},
    domain::user::Profile,
};
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Instant,
};

const ROUNDS: usize = 400;
/// Differences of less are none, in milliseconds. A hash of the default cost takes 250.
const MARGIN: f64 = 1.0;
/// Names of each kind, since a hundred failures shut one.
const NAMES: usize = 5;
/// All kinds are as long as each other, so that answers that repeat the name are too.
const KINDS: [&str; 6] = ["nobody", "normal", "banned", "invite", "import", "factor"];
const IMPORTED: &str = "scrypt:1024:4:2$GFFvd6jJ2PjLbooY$f2beb63338dcb06fab538784333b6d1b1e2812b3e31891ab1d2adc1aec14337a4080b3aec3c0d96502440e18cb570e461ca8566a8f01d40c88dcd759cb5ea3fc";

/// Between which values the median of the differences lies, for certain but in one of a thousand cases (sign test).
fn median(base: &[f64], other: &[f64]) -> (f64, f64) {
    let mut differences: Vec<f64> = base.iter().zip(other).map(|(base, other)| other - base).collect();
    differences.sort_by(f64::total_cmp);
    let count = differences.len() as f64;
    let first = (count / 2.0 - 3.3 * count.sqrt() / 2.0).max(0.0) as usize;
    (differences[first], differences[differences.len() - 1 - first])
}

/// Whether the second takes shown longer or shorter than the first.
fn differs((low, high): (f64, f64)) -> bool {
    low > MARGIN || high < -MARGIN
}

/// A connection that is kept, with every byte and its time in sight.
struct Wire(BufReader<TcpStream>);

impl Wire {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Head and body of the answer, and the milliseconds until its first line.
    fn ask(&mut self, path: &str, headers: &str, body: &str) -> (String, String, f64) {
        let request =
            format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
        let began = Instant::now();
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut head, mut took) = (String::new(), 0.0);
        while !head.ends_with("\r\n\r\n") {
            self.0.read_line(&mut head).unwrap();
            if took == 0.0 {
                took = began.elapsed().as_secs_f64() * 1000.0;
            }
        }
        let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).unwrap();
        (head, String::from_utf8(body).unwrap(), took)
    }
}

/// Takes out what differs in every answer: the name that was typed, the time, and what is random.
fn masked(text: &str, typed: &str) -> String {
    let mut out = vec![];
    for line in text.replace(typed, "NAME").lines() {
        let random = ["date: ", "x-request-id: "].iter().find(|name| line.to_lowercase().starts_with(*name));
        let cut = |mark: &str, end: char| {
            let (before, rest) = line.split_once(mark)?;
            Some(format!("{before}{mark}…{}", &rest[rest.find(end)?..]))
        };
        out.push(match random {
            Some(name) => (*name).to_owned(),
            None => cut("name=\"form_token\" value=\"", '"')
                .or_else(|| cut("\"request_id\":\"", '"'))
                .or_else(|| cut("'nonce-", '\''))
                .or_else(|| cut("nonce=\"", '"'))
                .or_else(|| line.to_lowercase().starts_with("set-cookie").then(|| cut("=", ';')).flatten())
                .unwrap_or_else(|| line.to_owned()),
        });
    }
    out.join("\n")
}

fn name(kind: &str, number: usize) -> String {
    format!("{kind}{}", number % NAMES)
}

/// A server with people of each kind but the first.
fn site(cost: u32) -> Site {
    let site = Site::with(|config| config.sign_in.bcrypt_cost = cost);
    let operator = Actor::operator();
    let profile = |name: &str| Profile::parse(name, "Example", name, &format!("{name}@example.com"));
    for number in 0..NAMES {
        for kind in ["normal", "banned", "factor"] {
            let name = name(kind, number);
            let form = SignUp {
                first_name: name.clone(),
                last_name: "Example".into(),
                email: format!("{name}@example.com"),
                password: password(&name),
                username: name,
            };
            site.app.sign_up(Origin { ip: format!("192.0.2.{number}"), ..Origin::default() }, &form).unwrap();
        }
        site.app.set_user_disabled(&operator, site.id(&name("banned", number)), true, "").unwrap();
        site.app.create_user(&operator, &profile(&name("invite", number)).unwrap()).unwrap();
        let import = ForeignUser::parse(profile(&name("import", number)), IMPORTED, true).unwrap();
        site.app.import_users(&operator, &[import]).unwrap();
        site.turn_on_totp(&name("factor", number));
    }
    site
}

/// What is sent for a name; the number is another one each time.
type Body = Box<dyn Fn(&str, usize) -> String>;

/// How one asks at a door: the path, the headers, and the body for a name.
struct Door {
    path: &'static str,
    headers: String,
    body: Body,
}

fn json_door(path: &'static str, body: impl Fn(&str, usize) -> serde_json::Value + 'static) -> Door {
    let headers = "accept: application/json\r\ncontent-type: application/json\r\n".into();
    Door { path, headers, body: Box::new(move |name, number| body(name, number).to_string()) }
}

/// The door of the page's form, as a browser that has opened the page sends it.
fn page_door(
    site: &Site,
    path: &'static str,
    fields: impl Fn(&str, usize) -> Vec<(&'static str, String)> + 'static,
) -> Door {
    let mut browser = site.browser();
    let page: Answer = browser.get(path);
    let hidden = page.fields(&format!("main form[method=post][action='{path}']"));
    let cookies: Vec<_> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let headers = format!(
        "accept: text/html\r\ncontent-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n",
        cookies.join("; ")
    );
    let body = move |name: &str, number: usize| {
        let typed = fields(name, number);
        let kept = hidden.iter().filter(|(field, _)| typed.iter().all(|(other, _)| other != field));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).extend_pairs(&typed).finish()
    };
    Door { path, headers, body: Box::new(body) }
}

/// Asks at the door for every kind in rounds, and fails if any differs from the first by a byte or by its time.
fn stays_silent(site: &Site, door: &Door, kinds: &[&str]) {
    let mut wire = Wire::open(site.address);
    let mut times: Vec<Vec<f64>> = vec![vec![]; kinds.len()];
    let mut told: Option<(String, String)> = None;
    for round in 0..ROUNDS {
        // Nothing is slowed down: each hour is a new one.
        site.pass(4000);
        for place in 0..kinds.len() {
            let kind = (place + round) % kinds.len();
            let typed = if kinds[kind] == "fresh" { format!("f{round:06}") } else { name(kinds[kind], round) };
            let (head, body, took) =
                wire.ask(door.path, &door.headers, &(door.body)(&typed, round * kinds.len() + place));
            times[kind].push(took);
            // The server writes its headers in no order.
            let mut head: Vec<String> = masked(&head, &typed).lines().map(str::to_owned).collect();
            // Whether the connection is kept is a matter of how busy the server is.
            if head.iter().any(|line| line.to_lowercase().starts_with("connection: close")) {
                wire = Wire::open(site.address);
            }
            head.retain(|line| !line.to_lowercase().starts_with("connection: "));
            head.sort();
            let answer = (head.join("\n"), masked(&body, &typed));
            match &told {
                None => told = Some(answer),
                Some(first) => assert_eq!(*first, answer, "{} tells {}", door.path, kinds[kind]),
            }
        }
    }
    for (kind, other) in kinds.iter().zip(&times).skip(1) {
        let span = median(&times[0], other);
        assert!(!differs(span), "{}: {kind} differs from {} by {span:?} ms", door.path, kinds[0]);
    }
}

#[test]
fn sign_in_tells_a_program_nothing_by_bytes_or_by_time() {
    let body = |name: &str, _| json!({ "username_or_email": name, "password": "not the password at all" });
    stays_silent(&site(6), &json_door("/login", body), &KINDS);
    stays_silent(&site(6), &json_door("/api/v1/sessions", body), &KINDS);
}

#[test]
fn sign_in_tells_a_browser_nothing_by_bytes_or_by_time() {
    let site = site(6);
    let fields = |name: &str, _| {
        vec![("username_or_email", format!("{name}@example.com")), ("password", "not the password at all".into())]
    };
    stays_silent(&site, &page_door(&site, "/login", fields), &KINDS);
}

#[test]
fn a_forgotten_password_tells_nothing_by_bytes_or_by_time() {
    let site = site(4);
    let email = |name: &str| format!("{name}@example.com");
    stays_silent(&site, &json_door("/forgot_password", move |name, _| json!({ "email": email(name) })), &KINDS);
    stays_silent(&site, &page_door(&site, "/forgot", move |name, _| vec![("email", email(name))]), &KINDS);
}

#[test]
fn signing_up_tells_nothing_of_an_address_by_bytes_or_by_time() {
    let kinds = ["fresh", "normal", "banned", "invite", "import", "factor"];
    let fields = |name: &str, number: usize| {
        vec![
            ("first_name", "Zoe".to_owned()),
            ("last_name", "Example".to_owned()),
            ("username", format!("z{number:06}")),
            ("email", format!("{name}@example.com")),
            ("password", "four brown owls under the bridge".to_owned()),
        ]
    };
    let as_json = move |name: &str, number| serde_json::Value::from_iter(fields(name, number));
    stays_silent(&site(4), &json_door("/signup", as_json), &kinds);
    let site = site(4);
    stays_silent(&site, &page_door(&site, "/signup", fields), &kinds);
}

/// The measure itself: a path without its hash is found, and two that are alike are not.
#[test]
fn an_answer_without_its_hash_would_be_seen() {
    let site = site(8);
    let mut wire = Wire::open(site.address);
    let body = |name: &str| json!({ "username_or_email": name, "password": "not the password at all" }).to_string();
    let headers = "accept: application/json\r\ncontent-type: application/json\r\n";
    let (mut hashed, mut again, mut unhashed) = (vec![], vec![], vec![]);
    for round in 0..90 {
        site.pass(4000);
        let (known, unknown) = (body(&name("normal", round)), body(&name("nobody", round)));
        // After four failures the next is refused before its hash.
        for _ in 0..3 {
            wire.ask("/login", headers, &known);
        }
        again.push(wire.ask("/login", headers, &known).2);
        hashed.push(wire.ask("/login", headers, &unknown).2);
        let (head, _, took) = wire.ask("/login", headers, &known);
        assert!(head.starts_with("HTTP/1.1 429"), "{head}");
        unhashed.push(took);
    }
    assert!(differs(median(&hashed, &unhashed)), "{:?}", median(&hashed, &unhashed));
    assert!(!differs(median(&hashed, &again)), "{:?}", median(&hashed, &again));
    let with_a_mail_sent: Vec<f64> = again.iter().map(|took| took + 3.0 * MARGIN).collect();
    assert!(median(&again, &with_a_mail_sent).0 > MARGIN);
}
