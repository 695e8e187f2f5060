//! What the documents show is run.

use crate::support::{Answer, Program, Site};
use serde_json::Value;
use std::collections::BTreeMap;

/// One example: the status that its comment promises, the command, and what the answer must have.
struct Example {
    status: u16,
    /// The name, such as `$FINANCE`, by which later examples know the id in the answer.
    name: Option<String>,
    command: String,
    answer: Option<Value>,
}

/// The commands of all ```bash blocks; the status is the last word of the comment before each. A ```json block tells
/// what the answer to the command before it has, among other things.
fn examples(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = vec![];
    let (mut status, mut name) = (None, None);
    let (mut inside, mut command, mut json) = (false, String::new(), None::<String>);
    // A block of JSON belongs to the commands if nothing stands between.
    let mut right_behind = false;
    for line in text.lines() {
        match line.trim() {
            "```bash" => inside = true,
            "```json" if right_behind => json = Some(String::new()),
            "```" if json.is_some() => {
                let text = json.take().unwrap();
                let answer = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                found.last_mut().expect("a command before the answer").answer = Some(answer);
            }
            "```" => (inside, right_behind) = (false, inside),
            part if json.is_some() => json.as_mut().unwrap().push_str(part),
            comment if inside && comment.starts_with('#') => {
                status = comment.rsplit(' ').next().unwrap().parse().ok();
                let word = |word: &str| word.trim_matches(|c: char| c != '$' && !c.is_ascii_uppercase()).to_owned();
                name = comment.split_whitespace().map(word).find(|word| word.starts_with('$'));
            }
            code if inside && !code.is_empty() => {
                command.push_str(code.strip_suffix('\\').unwrap_or(code));
                if !code.ends_with('\\') {
                    found.push(Example {
                        status: status.take().unwrap_or_else(|| panic!("no status before {command}")),
                        name: name.take(),
                        command: std::mem::take(&mut command),
                        answer: None,
                    });
                }
            }
            "" => {}
            _ => right_behind = false,
        }
    }
    found
}

/// The words of a command line, without their quotes.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (vec![], String::new(), None);
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            (' ', None) if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (' ', None) => {}
            (c, _) => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Does what curl would, as far as the documents use it. A cookie file is a client of its own.
fn curl(site: &Site, jars: &mut BTreeMap<String, Program>, command: &str) -> Answer {
    let (mut jar, mut method, mut headers, mut body, mut path) =
        (String::new(), None, vec![("accept".to_owned(), "*/*".to_owned())], None, String::new());
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"), "{command}");
    while let Some(word) = words.next() {
        let mut next = || words.next().unwrap_or_else(|| panic!("{word} needs a value: {command}"));
        match word.as_str() {
            "-c" | "-b" => jar = next(),
            "-X" => method = Some(next()),
            "-H" => {
                let (name, value) =
                    next().split_once(':').map(|(n, v)| (n.to_lowercase(), v.trim().to_owned())).unwrap();
                headers.push((name, value));
            }
            "-d" => body = Some(("application/x-www-form-urlencoded", next())),
            "--json" => body = Some(("application/json", next())),
            "-s" | "-i" => {}
            address => {
                path = address
                    .strip_prefix("http://localhost:8080")
                    .unwrap_or_else(|| panic!("{word} in {command}"))
                    .to_owned()
            }
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST".into() } else { "GET".into() });
    let body = body.map(|(kind, text)| {
        headers.push(("content-type".into(), kind.into()));
        text.into_bytes()
    });
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    jars.entry(jar).or_insert_with(|| site.program()).raw(&method, &path, &headers, body.unwrap_or_default())
}

/// Whether the answer has all that is expected; `"…"` stands for anything.
fn has(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (_, Value::String(any)) if any == "…" => !answer.is_null(),
        (Value::Object(answer), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| answer.get(key).is_some_and(|found| has(found, value)))
        }
        (Value::Array(answer), Value::Array(expected)) => {
            answer.len() == expected.len() && answer.iter().zip(expected).all(|(a, b)| has(a, b))
        }
        (answer, expected) => answer == expected,
    }
}

fn run(text: &str) {
    let site = Site::new();
    let (mut jars, mut names) = (BTreeMap::new(), BTreeMap::<String, String>::new());
    let examples = examples(text);
    assert!(examples.len() > 5, "only {} examples were found", examples.len());
    for Example { status, name, command, answer: expected } in examples {
        let filled = names.iter().fold(command.clone(), |text, (name, id)| text.replace(name, id));
        assert!(!filled.contains('$'), "not filled in: {filled}");
        let answer = curl(&site, &mut jars, &filled);
        assert_eq!(answer.status, status, "{filled}\n{}", answer.body);
        // What later examples stand on: the id of what was just found or made.
        let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if let Some(expected) = expected {
            assert!(has(&json, &expected), "{filled}\nexpected {expected}\nfound {json}");
        }
        let id = json["id"].as_i64().or(json["items"][0]["id"].as_i64());
        if let (Some(name), Some(id)) = (name, id) {
            names.insert(name, id.to_string());
        }
        if let Some(secret) = json["secret"].as_str() {
            names.insert("$SECRET".into(), secret.to_owned());
        }
        for (name, address) in
            [("$ROLE", "/api/v1/roles"), ("$JOHN", "/api/v1/users"), ("$PERMISSION", "/api/v1/permissions")]
        {
            let path = filled
                .split("localhost:8080")
                .nth(1)
                .unwrap_or_default()
                .trim_end_matches('\'')
                .split('?')
                .next()
                .unwrap();
            if let (true, Some(id)) = (path == address, id) {
                names.insert(name.to_owned(), id.to_string());
            }
        }
    }
}

#[test]
fn the_examples_of_the_readme_work() {
    run(include_str!("../../README.md"));
}

#[test]
fn the_examples_of_the_api_document_work() {
    run(include_str!("../../docs/api.md"));
}

#[test]
fn the_examples_of_the_authzen_document_work() {
    run(include_str!("../../docs/authzen.md"));
}

#[test]
fn the_worked_example_of_the_access_model_works() {
    run(include_str!("../../docs/access-model.md"));
}

/// The Rust sources under a folder, in one text.
fn sources(folder: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => text += &sources(&path),
            path if path.extension().is_some_and(|end| end == "rs") => text += &std::fs::read_to_string(path).unwrap(),
            _ => {}
        }
    }
    text
}

#[test]
fn every_test_that_the_table_of_requirements_names_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/asvs.md")).unwrap();
    let sources = sources(&root.join("src")) + &sources(&root.join("tests/suite"));
    let named: Vec<&str> = table.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 2).collect();
    assert!(named.len() > 30);
    for name in named {
        assert!(
            sources.contains(&format!("#[test]\nfn {name}(")) || sources.contains(&format!("    fn {name}(")),
            "{name}"
        );
    }
    assert!(table.lines().filter(|line| line.starts_with("| 6.") || line.starts_with("| 7.")).count() > 50);
}

#[test]
fn the_limits_of_the_document_are_those_of_the_program() {
    use rolecall::domain::throttle::*;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    for limit in [SIGN_IN_ACCOUNT, SIGN_IN_IP, SECOND_FACTOR, SIGN_UP_IP, RESET_IP, MAIL_ADDRESS, LINK_IP] {
        let waits: Vec<String> = limit.waits.iter().map(ToString::to_string).collect();
        let window = if limit.window % 3600 == 0 {
            format!("{} h", limit.window / 3600)
        } else {
            format!("{} min", limit.window / 60)
        };
        let row = format!("| {} | {} … | {window}", limit.free, waits.join(", "));
        assert!(text.lines().any(|line| line.contains(&row)), "{}: {row}", limit.name);
    }
}
