//! What makes a password acceptable (NIST SP 800-63B-4, 3.1.1.2: length and lists of known ones, no composition rules).

use super::text;
use passwords::analyzer::is_common_password;
use unicode_normalization::UnicodeNormalization;

/// `PASSWORD_POLICY`: how long a password must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// OWASP ASVS 5.0, 6.2.1: so few because the replaced system's clients must go on.
    #[default]
    Asvs,
    /// NIST SP 800-63B-4, 3.1.1.2: more for a password that stands alone than for one beside a second factor.
    Nist,
}

impl Policy {
    /// Fewest characters (code points). `alone`: nothing makes sure that a second factor is always asked for beside it.
    pub fn min(self, alone: bool) -> usize {
        if self == Self::Nist && alone { 15 } else { 8 }
    }
}

/// What a new password is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Fewest characters (code points).
    pub min: usize,
    /// Words that guessers try first: the user's names and address, the name of the site.
    pub words: &'a [&'a str],
}

/// Most characters (code points) and bytes; the whole password is verified, never cut.
pub const MAX: usize = 256;
pub const MAX_BYTES: usize = 1024;

/// A password that needs fewer guesses than this (log10) stands among the commonest, or is made of one of them.
const COMMON_LOG10: f64 = 4.0;

/// The form in which a password is hashed and compared: NFC, so that two keyboards give the same bytes.
pub fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Whether a password may be tried at all; a longer one than could ever be set is wrong without hashing.
pub fn is_tryable(password: &str) -> bool {
    password.len() <= MAX_BYTES && password.chars().count() <= MAX
}

/// Judges a new password; gives it in its normal form.
pub fn check(password: &str, rules: Rules<'_>) -> Result<String, String> {
    let password = normal(password);
    let length = password.chars().count();
    if length < rules.min {
        return Err(format!("The password needs at least {} characters.", rules.min));
    }
    if !is_tryable(&password) {
        return Err(format!("The password may have at most {MAX} characters."));
    }
    let words = context(rules.words);
    let core = core(&password);
    if words.contains(&core) || words.contains(&text::fold(&password)) {
        return Err("The password must not be a name or an address with a few signs round it. Try several words that do not belong together.".into());
    }
    // zxcvbn looks at the first 100 characters only, as a longer one is no common password; its time grows fast.
    let head: String = password.chars().take(100).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(&head, &words);
    if estimate.guesses_log10() < COMMON_LOG10 {
        return Err(refusal(estimate.feedback()));
    }
    if is_common(&password) {
        return Err("This password is in the list of the commonest ones, which are tried first. Try several words that do not belong together.".into());
    }
    Ok(password)
}

/// Whether it is one of the 100,000 commonest, of which zxcvbn knows a third; in the case in which people use it, or in
/// small letters, in capitals, with one capital.
fn is_common(password: &str) -> bool {
    let (small, mut letters) = (password.to_lowercase(), password.chars());
    let first: String = letters.by_ref().take(1).flat_map(char::to_uppercase).collect();
    let capitalized = first + &letters.as_str().to_lowercase();
    [password, &small, &password.to_uppercase(), &capitalized].into_iter().any(is_common_password)
}

/// Why it is refused, and what would be better, as zxcvbn advises.
fn refusal(feedback: Option<&zxcvbn::feedback::Feedback>) -> String {
    let mut text = "This password is among the first that are guessed.".to_owned();
    let warning = feedback.and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    let advice = feedback.into_iter().flat_map(|feedback| feedback.suggestions()).map(ToString::to_string);
    for sentence in warning.into_iter().chain(advice) {
        text.push(' ');
        text.push_str(&sentence);
        if !sentence.ends_with('.') {
            text.push('.');
        }
    }
    text
}

/// The words that a password must not be: each whole and, of an address, what stands before and after its `@`.
fn context(words: &[&str]) -> Vec<String> {
    let parts = words.iter().copied().chain(["rolecall"]).flat_map(|word| {
        let (local, domain) = word.split_once('@').unwrap_or((word, ""));
        [word, local, domain]
    });
    parts.map(text::fold).filter(|word| word.chars().count() > 2).collect()
}

/// The password, folded and without the digits and signs before and after it: what is left of `Ada-2026!`.
fn core(password: &str) -> String {
    text::fold(password.trim_matches(|c: char| !c.is_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, words: &[&str]) -> Result<String, String> {
        super::check(password, Rules { min: Policy::Asvs.min(true), words })
    }

    #[test]
    fn a_refusal_says_why_and_what_would_be_better() {
        let text = check("qwertyuiop", &[]).unwrap_err();
        assert!(text.contains("first that are guessed") && text.len() > 80, "{text}");
    }

    #[test]
    fn names_and_addresses_with_a_few_signs_round_them_are_refused() {
        let about = ["john_doe", "john.doe.senior@example.com", "Johnathan", "Doe", "roles.example.com"];
        for bad in
            ["Johnathan1!", "12john.doe.senior34", "ROLES.example.com", "example.com99", "..Rolecall..", "John_Doe2026"]
        {
            assert!(check(bad, &about).is_err(), "{bad}");
        }
        assert!(check("Johnathan walks home", &about).is_ok());
    }

    #[test]
    fn the_longer_policy_asks_for_fifteen() {
        let rules = Rules { min: Policy::Nist.min(true), words: &[] };
        assert!(super::check("fourteen signs", rules).unwrap_err().contains("15"));
        assert!(super::check("fifteen  signs!", rules).is_ok());
    }

    #[test]
    fn the_commonest_passwords_are_refused() {
        for bad in [
            "password",
            "12345678",
            "qwertyui",
            "iloveyou",
            "password1",
            "Password",
            "aaaaaaaa",
            "sunshine",
            "1q2w3e4r",
            "abcdefgh",
            "rolecall",
            "p@ssw0rd",
            "superman",
            "football1",
        ] {
            assert!(check(bad, &[]).is_err(), "{bad} {}", zxcvbn::zxcvbn(bad, &[]).guesses_log10());
        }
        assert!(check("john.doe@example.com", &["john.doe@example.com"]).is_err());
    }

    #[test]
    fn the_replaced_readmes_password_and_any_character_are_accepted() {
        for good in [
            "securepassword",
            "newsecurepassword",
            "correct horse battery staple",
            "пароль для входа",
            "🦀🦀🦎🦎🐸🐸🐢🐢",
            "two  spaces and \t tab",
        ] {
            assert!(check(good, &["John", "Doe", "johndoe", "john.doe@example.com"]).is_ok(), "{good}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_and_bounded() {
        assert!(check("🦀🦎🐸🐢🐍🦖🦕", &[]).is_err());
        assert!(check(&"ab cd".repeat(52), &[]).is_err());
        assert!(check(&"x9 ".repeat(85), &[]).is_ok());
        assert_eq!(check("cafe\u{301} au lait", &[]), check("caf\u{e9} au lait", &[]));
    }
}
