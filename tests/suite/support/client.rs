//! Clients: a browser that behaves as browsers do (cookies, Fetch Metadata, forms), and a program that speaks JSON.

use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, sync::Barrier, time::Duration};

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters; of repeated ones the last.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Where a redirect goes.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The texts of all elements that match, their white space folded.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.html().select(&Selector::parse(selector).unwrap()).map(text).collect()
    }

    /// The text of the first element that matches; empty if none does.
    pub fn text(&self, selector: &str) -> String {
        self.texts(selector).into_iter().next().unwrap_or_default()
    }

    /// Whether any element matches.
    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&Selector::parse(selector).unwrap()).next().is_some()
    }

    /// The fields of the first form that matches, as they stand on the page, without its buttons.
    pub fn fields(&self, selector: &str) -> Vec<(String, String)> {
        self.html().select(&Selector::parse(selector).unwrap()).next().map(controls).unwrap_or_default()
    }

    /// An attribute of the first element that matches.
    pub fn attr(&self, selector: &str, name: &str) -> Option<String> {
        self.attrs(selector, name).into_iter().next()
    }

    /// An attribute of all elements that match and have it.
    pub fn attrs(&self, selector: &str, name: &str) -> Vec<String> {
        let (html, selector) = (self.html(), Selector::parse(selector).unwrap());
        html.select(&selector).filter_map(|element| element.attr(name)).map(str::to_owned).collect()
    }
}

fn text(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// What both clients share.
struct Client {
    agent: ureq::Agent,
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// As it names itself; empty: as ureq does.
    name: &'static str,
    /// The token that it sends; empty: none.
    token: String,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self { agent, address, cookies: BTreeMap::new(), name: "", token: String::new() }
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.name.is_empty() {
            request = request.header("user-agent", self.name);
        }
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if !self.cookies.is_empty() {
            let all: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", all.join("; "));
        }
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let mut answer = Answer { status: response.status().as_u16(), headers: BTreeMap::new(), body: String::new() };
        for (name, value) in response.headers() {
            let value = value.to_str().unwrap().to_owned();
            if name == "set-cookie" {
                self.keep(&value);
            }
            answer.headers.insert(name.to_string(), value);
        }
        answer.body = response.body_mut().read_to_string().unwrap();
        answer
    }

    fn keep(&mut self, set: &str) {
        let (pair, rest) = set.split_once(';').unwrap_or((set, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || rest.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

pub struct Browser(Client);

const ACCEPT: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self(Client { name: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", ..Client::new(address) })
    }

    /// Names itself so from now on.
    pub fn is(&mut self, user_agent: &'static str) {
        self.0.name = user_agent;
    }

    pub fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.0.cookies
    }

    /// Opens an address, as if it was typed; redirects are not followed.
    pub fn get(&mut self, path: &str) -> Answer {
        self.0.send("GET", path, &[ACCEPT, ("sec-fetch-site", "none")], vec![])
    }

    /// Opens an address and follows redirects.
    pub fn visit(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path);
        for _ in 0..10 {
            if !(300..400).contains(&answer.status) {
                return answer;
            }
            let next = answer.location().to_owned();
            answer = self.get(&next);
        }
        panic!("{path} redirects for ever");
    }

    /// Posts a form as it is, without opening its page first.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("same-origin", path, fields)
    }

    /// Posts a form from a page of this `sec-fetch-site`.
    pub fn post_from(&mut self, site: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [ACCEPT, ("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", site)];
        self.0.send("POST", path, &headers, body.into_bytes())
    }

    /// Opens a page and submits the form on it whose address is `page` itself (or else the first form in its content),
    /// with these fields filled in and the others as the page has them.
    pub fn submit(&mut self, page: &str, fields: &[(&str, &str)]) -> Answer {
        let path = page.split('?').next().unwrap().to_owned();
        self.submit_to(page, &path, fields)
    }

    /// As [`Browser::submit`], for the form that posts to `action`.
    pub fn submit_to(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.get(page);
        assert_eq!(answer.status, 200, "{page}: {} {}", answer.location(), answer.body);
        let html = answer.html();
        let select = |selector: &str| html.select(&Selector::parse(selector).unwrap()).next();
        let form = select(&format!("main form[method=post][action='{action}']"))
            .or_else(|| select("main form[method=post]"))
            .unwrap_or_else(|| panic!("{page} has no form to {action}"));
        let target = form.attr("action").unwrap_or(page).to_owned();
        let mut all: Vec<(String, String)> =
            controls(form).into_iter().filter(|(name, _)| !fields.iter().any(|(field, _)| field == name)).collect();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let borrowed: Vec<_> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&target, &borrowed)
    }
}

/// The fields of a form as they stand on the page, without its buttons.
fn controls(form: ElementRef<'_>) -> Vec<(String, String)> {
    let selector = Selector::parse("input[name], textarea[name], select[name]").unwrap();
    let mut fields = vec![];
    for control in form.select(&selector) {
        let name = control.attr("name").unwrap().to_owned();
        let value = match control.value().name() {
            "textarea" => control.text().collect::<String>().trim_start_matches('\n').to_owned(),
            "select" => {
                let options: Vec<_> = control.select(&Selector::parse("option").unwrap()).collect();
                let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
                chosen.and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
            }
            _ if matches!(control.attr("type"), Some("checkbox" | "radio")) && control.attr("checked").is_none() => {
                continue;
            }
            _ => control.attr("value").unwrap_or_default().to_owned(),
        };
        fields.push((name, value));
    }
    fields
}

pub struct Program(Client);

impl Program {
    pub fn new(address: SocketAddr) -> Self {
        Self(Client::new(address))
    }

    /// Sends this token from now on.
    pub fn bearing(mut self, token: &str) -> Self {
        token.clone_into(&mut self.0.token);
        self
    }

    pub fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.0.cookies
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.0.send("GET", path, &[("accept", "application/json")], vec![])
    }

    pub fn post(&mut self, path: &str, body: Value) -> Answer {
        self.json("POST", path, body)
    }

    pub fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.json("PATCH", path, body)
    }

    /// Without a body.
    pub fn delete(&mut self, path: &str) -> Answer {
        self.0.send("DELETE", path, &[("accept", "application/json")], vec![])
    }

    pub fn json(&mut self, method: &str, path: &str, body: Value) -> Answer {
        self.raw(
            method,
            path,
            &[("accept", "application/json"), ("content-type", "application/json")],
            body.to_string().into_bytes(),
        )
    }

    /// As a form.
    pub fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.raw(
            "POST",
            path,
            &[("accept", "*/*"), ("content-type", "application/x-www-form-urlencoded")],
            body.into_bytes(),
        )
    }

    /// Whatever one likes.
    pub fn raw(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        self.0.send(method, path, headers, body)
    }
}

/// Lets all act at once, each in a thread of its own, and gives their answers.
pub fn at_once<C: Send>(clients: Vec<C>, act: impl Fn(usize, &mut C) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(clients.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(number, mut client)| {
                let (barrier, act) = (&barrier, &act);
                scope.spawn(move || {
                    barrier.wait();
                    act(number, &mut client)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
