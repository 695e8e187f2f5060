//! How text from people is cleaned and compared.

use unicode_normalization::UnicodeNormalization;

/// Trimmed and in NFC: the form in which names are kept and shown.
pub fn clean(text: &str) -> String {
    let text = text.trim();
    // ASCII is in NFC.
    if text.is_ascii() { text.to_owned() } else { text.nfc().collect() }
}

/// The form in which names and addresses are compared: cleaned, without case.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.trim().to_ascii_lowercase() } else { clean(text).to_lowercase().nfc().collect() }
}

/// A short text on one line, such as a name. `what` begins the message.
pub fn line(text: &str, what: &str, max: usize) -> Result<String, String> {
    let text = clean(text);
    if text.is_empty() {
        return Err(format!("{what} is missing."));
    }
    optional_line(&text, what, max)
}

/// As [`line()`], but may be empty.
pub fn optional_line(text: &str, what: &str, max: usize) -> Result<String, String> {
    let text = clean(text);
    if text.chars().count() > max {
        return Err(format!("{what} may have at most {max} characters."));
    }
    if text.chars().any(is_unprintable) {
        return Err(format!("{what} must be one line of printable characters."));
    }
    Ok(text)
}

/// A text of several lines, such as a description; may be empty.
pub fn paragraph(text: &str, what: &str, max: usize) -> Result<String, String> {
    let text = clean(&text.replace("\r\n", "\n"));
    if text.chars().count() > max {
        return Err(format!("{what} may have at most {max} characters."));
    }
    if text.chars().any(|c| c != '\n' && c != '\t' && is_unprintable(c)) {
        return Err(format!("{what} must be printable text."));
    }
    Ok(text)
}

/// The names in a text that has several, separated by commas or lines; one with a comma stands in double quotes.
pub fn names(text: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (vec![], String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => names.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    names.push(name);
    names.iter().map(|name| clean(name)).filter(|name| !name.is_empty()).collect()
}

/// The text that [`names`] reads as these names.
pub fn join_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = |name: &str| if name.contains(',') { format!("\"{name}\"") } else { name.to_owned() };
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// How many letters must be put in, taken out or changed to make one text the other (Levenshtein).
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let (mut next, mut left) = (vec![i + 1], i + 1);
        for ((b, above), diagonal) in other.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (diagonal + usize::from(a != *b)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Control characters, and the invisible ones that turn the direction of text (a name could disguise itself).
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// `1,240`.
pub fn thousands(n: i64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_trimmed_and_in_nfc() {
        assert_eq!(fold("  A\u{30a}SE "), fold("\u{e5}se"));
        assert_ne!(fold("ase"), fold("\u{e5}se"));
    }

    #[test]
    fn names_are_split_at_commas_and_lines_but_not_in_quotes() {
        assert_eq!(names(" a, b\n\"Sales, EU\",, "), ["a", "b", "Sales, EU"]);
        assert_eq!(names(&join_names(["a", "Sales, EU"])), ["a", "Sales, EU"]);
        assert!(names(" ,\n").is_empty());
    }

    #[test]
    fn a_distance_counts_the_letters_that_differ() {
        for (one, other, letters) in [("", "", 0), ("approver", "aprover", 1), ("kitten", "sitting", 3), ("", "abc", 3)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
            assert_eq!(distance(other, one), letters, "{other} {one}");
        }
    }

    #[test]
    fn a_line_has_no_control_or_direction_characters() {
        assert!(line("Ada\r\nBcc: eve@example.com", "The name", 100).is_err());
        assert!(line("Ada\u{202e}", "The name", 100).is_err());
        assert!(line("   ", "The name", 100).is_err());
        assert_eq!(line(" Ada ", "The name", 3).as_deref(), Ok("Ada"));
        assert!(line("Adaa", "The name", 3).is_err());
    }

    #[test]
    fn large_numbers_are_readable() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
