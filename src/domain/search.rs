//! The words of a search, and the text that they are looked for in.

use super::text::fold;

/// So many letters or digits in a row are found anywhere; fewer only at the beginning of a word, because the indexes know texts
/// by three characters at a time.
const ANYWHERE: usize = 3;

/// The text that is searched: the folded words of all parts, two spaces before each, so that a beginning can be looked for.
pub fn key(parts: &[&str]) -> String {
    let mut key = String::new();
    for word in fold(&parts.join(" ")).split_whitespace() {
        key.push_str("  ");
        key.push_str(word);
    }
    key
}

/// What must stand in the [`key`], each of it, for it to be found.
pub fn needles(typed: &str) -> Vec<String> {
    // A NUL ends a text in SQLite.
    let typed = fold(typed).replace('\0', " ");
    typed.split_whitespace().map(|word| if is_long(word) { word.to_owned() } else { beginning(word) }).collect()
}

/// As [`needles`], but each word must be the beginning of one.
pub fn beginnings(typed: &str) -> Vec<String> {
    fold(typed).replace('\0', " ").split_whitespace().map(beginning).collect()
}

fn beginning(word: &str) -> String {
    format!("  {word}")
}

fn is_long(word: &str) -> bool {
    word.split(|c: char| !c.is_alphanumeric()).any(|run| run.chars().count() >= ANYWHERE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(typed: &str, key: &str) -> bool {
        needles(typed).iter().all(|needle| key.contains(needle))
    }

    #[test]
    fn three_letters_are_found_anywhere_and_fewer_at_the_beginning_of_a_word() {
        let key = key(&["Ada", "Lovelace", "al", "ada.l@example.org"]);
        for found in ["love", "VEL", "ada lov", "lov ada", "a", "ad", "lo", "al", "@example", "ada.l@example.org", ""] {
            assert!(finds(found, &key), "{found}");
        }
        for absent in ["da", "ve", "adalov", "ada bob", "@e", "l@", "a.l@", "x"] {
            assert!(!finds(absent, &key), "{absent}");
        }
    }

    #[test]
    fn beginnings_are_those_of_words() {
        assert_eq!(beginnings(" Ada LOV "), ["  ada", "  lov"]);
        assert_eq!(key(&["Ada  Maria", "", "x"]), "  ada  maria  x");
    }
}
