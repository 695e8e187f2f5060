//! What makes a password acceptable (NIST SP 800-63B-4, 3.1.1.2: length and a list of common ones, no composition rules).

use super::text;
use unicode_normalization::UnicodeNormalization;

/// Fewest characters (code points): so few because the replaced system's clients must go on.
pub const MIN: usize = 8;
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

/// Judges a new password. `about` are words that guessers try first: the user's names and address.
pub fn check(password: &str, about: &[&str]) -> Result<String, String> {
    let password = normal(password);
    let length = password.chars().count();
    if length < MIN {
        return Err(format!("The password needs at least {MIN} characters."));
    }
    if !is_tryable(&password) {
        return Err(format!("The password may have at most {MAX} characters."));
    }
    let folded = text::fold(&password);
    let words: Vec<&str> = about.iter().copied().filter(|word| word.chars().count() > 2).chain(["rolecall"]).collect();
    if words.iter().any(|word| text::fold(word) == folded) {
        return Err(
            "The password must not be your name or address. Try several words that do not belong together.".into()
        );
    }
    // zxcvbn looks at the first 100 characters only, as a longer one is no common password; its time grows fast.
    let head: String = password.chars().take(100).collect();
    if zxcvbn::zxcvbn(&head, &words).guesses_log10() < COMMON_LOG10 {
        return Err(
            "This password is among the first that are guessed. Try several words that do not belong together.".into(),
        );
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

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
