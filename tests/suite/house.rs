//! The house keeps its plan: imports point down.

use std::{fs, path::Path};

/// layer → the layers that it must not name. `schema` belongs to diesel's derive lines.
const TABLE: [(&str, &[&str]); 5] = [
    (
        "domain",
        &[
            "crate::db",
            "crate::mail",
            "crate::app",
            "crate::web",
            "crate::cli",
            "crate::config",
            "actix",
            "askama",
            "lettre",
            "tokio",
        ],
    ),
    ("db", &["crate::app", "crate::web", "crate::cli", "crate::mail", "actix", "askama", "lettre"]),
    ("mail", &["crate::db", "crate::app", "crate::web", "crate::cli", "actix", "diesel"]),
    ("app", &["crate::web", "crate::cli", "actix", "askama", "diesel::"]),
    ("web", &["crate::db", "crate::cli", "crate::mail", "diesel"]),
];

fn files(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "rs", &mut found);
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

#[test]
fn imports_point_down() {
    let mut wrong = vec![];
    for (layer, forbidden) in TABLE {
        for (path, text) in sources(&format!("src/{layer}")) {
            let code: String = text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
            let grouped = grouped_layers(&code);
            for word in forbidden {
                let named = code.contains(word)
                    || word.strip_prefix("crate::").is_some_and(|layer| grouped.iter().any(|name| name == layer));
                if named {
                    wrong.push(format!("{path}: {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The layers that stand in groups: `use crate::{db, domain::{mail::Mail}}` names `db` and `domain`.
fn grouped_layers(code: &str) -> Vec<String> {
    let mut names = vec![];
    for group in code.split("use crate::{").skip(1) {
        let (mut depth, mut name) = (1, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => names.push(std::mem::take(&mut name)),
                c if depth == 1 && !c.is_whitespace() => name.push(c),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        names.push(name);
    }
    names.iter().map(|name| name.split("::").next().unwrap().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_layer_in_a_group_is_seen() {
    assert_eq!(
        grouped_layers("use crate::{\n    db::{self, mail::X},\n    domain::{Error, mail::Mail},\n};"),
        ["db", "domain"]
    );
}

#[test]
fn no_file_grows_beyond_what_one_reads_at_once() {
    let long: Vec<_> = sources("src")
        .into_iter()
        .map(|(path, text)| (text.lines().count(), path))
        // `schema.rs` is made by diesel: a table grows it, and nobody reads it.
        .filter(|(lines, path)| *lines > 450 && !path.ends_with("src/schema.rs"))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |kind: &str| {
        let mut names: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    for name in names("sqlite") {
        for kind in ["sqlite", "postgres"] {
            let down = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind).join(&name).join("down.sql");
            assert!(fs::read_to_string(down).unwrap().contains("DROP"), "{name:?} cannot be taken back");
        }
    }
}

#[test]
fn rights_come_to_be_in_one_place_only() {
    let tables = ["user_assignments", "permission_assignments", "role_inclusions"];
    for (path, source) in sources("src/app") {
        for table in tables {
            let makes = source.contains(&format!("db::{table}::insert"));
            assert!(!makes || path.ends_with("giving.rs"), "{path} makes rights past app/giving.rs");
        }
    }
}

#[test]
fn no_merge_left_its_marks_in_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![];
    for (folder, endings) in [
        ("src", &["rs"][..]),
        ("tests/suite", &["rs"]),
        ("static", &["css", "js", "svg"]),
        ("templates", &["html", "txt", "css"]),
        ("migrations", &["sql"]),
        ("docs", &["md"]),
    ] {
        endings.iter().for_each(|ending| files(&root.join(folder), ending, &mut found));
    }
    let marks = ["<".repeat(7), ">".repeat(7)];
    let marked = |text: &str| text.lines().any(|line| marks.iter().any(|mark| line.starts_with(mark.as_str())));
    let left: Vec<_> = found.iter().filter(|(_, text)| marked(text)).map(|(path, _)| path).collect();
    assert!(left.is_empty(), "{left:?}");
}
