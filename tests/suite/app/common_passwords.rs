//! The commonest passwords are refused: those of a list that is not ours.

use rolecall::domain::password::{Rules, check};
use std::process::Command;

/// Prints Django's list.
const LIST: &str = "
import gzip, pathlib, django.contrib.auth as auth
print(gzip.open(pathlib.Path(auth.__file__).parent / 'common-passwords.txt.gz', 'rt').read())
";

#[test]
fn every_password_of_djangos_list_of_common_ones_is_refused() {
    let Some(python) = std::env::var_os("TEST_PYTHON") else {
        assert!(std::env::var_os("CI").is_none(), "CI must provide Django (TEST_PYTHON)");
        return;
    };
    let printed = Command::new(python).args(["-c", LIST]).output().unwrap();
    let list = String::from_utf8(printed.stdout).unwrap();
    let common: Vec<&str> = list.split_whitespace().filter(|password| password.chars().count() >= 8).collect();
    assert!(common.len() > 8000, "{}", common.len());
    let judge = |password: &&&str| check(password, Rules { min: 8, words: &[] }).is_ok();
    let accepted: Vec<_> = common.iter().filter(judge).collect();
    // Django's list is all in small letters. Some that machines made (`j38ifUbn`) nobody ever used so; we refuse the real ones.
    assert!(accepted.len() < 150, "{} of {}: {accepted:?}", accepted.len(), common.len());
}

#[test]
fn common_passwords_that_are_no_words_are_refused_in_any_case() {
    for password in ["homelesspa", "1g2w3e4r", "FQRG7CS493", "fqrg7cs493", "PASSER2009", "j38ifUbn"] {
        assert!(check(password, Rules { min: 8, words: &[] }).unwrap_err().contains("commonest"), "{password}");
    }
}
