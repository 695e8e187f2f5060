//! Password hashes that another system made: verified as they are, and replaced by one of ours at the first sign-in.
//!
//! Werkzeug (`scrypt:…`, `pbkdf2:…`), Django (`pbkdf2_sha256$…`, `pbkdf2_sha1$…`, `scrypt$…`, `argon2$…`,
//! `bcrypt_sha256$…`, `bcrypt$…`), plain bcrypt (`$2b$…`) and plain Argon2 (`$argon2id$…`, the PHC string format).

use super::keys;
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// How our own hashes begin. Another's plain bcrypt is therefore kept under Django's name, `bcrypt$$2b$…`.
const OURS: &str = "$2";
const PLAIN_BCRYPT: &str = "bcrypt$";

/// The most work that a hash may ask for: a forged one must not stop the server.
const MAX_ROUNDS: u32 = 10_000_000;
const MAX_MEMORY: u64 = 512 << 20;
const MAX_BCRYPT_COST: u32 = 16;

/// A hash of another system, read and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForeignHash {
    Pbkdf2 {
        hash: Hash,
        rounds: u32,
        salt: String,
        key: Vec<u8>,
    },
    Scrypt {
        log_n: u8,
        r: u32,
        p: u32,
        salt: String,
        key: Vec<u8>,
    },
    /// In the PHC string format.
    Argon2(String),
    /// In the modular crypt format. `prehashed`: of the password's SHA-256 in hexadecimal.
    Bcrypt {
        text: String,
        prehashed: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// The form in which a hash that another system made is kept; the error says what is wrong with it.
pub fn import(text: &str) -> Result<String, String> {
    let kept = if text.starts_with(OURS) { format!("{PLAIN_BCRYPT}{text}") } else { text.to_owned() };
    match ForeignHash::parse(&kept) {
        Some(_) => Ok(kept),
        None => Err("This hash cannot be read. Known are those of Werkzeug and Django, bcrypt and Argon2.".into()),
    }
}

impl ForeignHash {
    /// `None` for what we made ourselves, and for what nobody can verify.
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with(OURS) {
            return None;
        }
        if text.starts_with("$argon2") {
            return Self::argon2(text);
        }
        let (method, rest) = text.split_once('$')?;
        match method {
            "argon2" => Self::argon2(&format!("${rest}")),
            "bcrypt" => Self::bcrypt(rest, false),
            "bcrypt_sha256" => Self::bcrypt(rest, true),
            "pbkdf2_sha256" => Self::django_pbkdf2(Hash::Sha256, rest),
            "pbkdf2_sha1" => Self::django_pbkdf2(Hash::Sha1, rest),
            "scrypt" => {
                let [n, salt, r, p, key] = parts(rest, '$')?;
                Self::scrypt(n, r, p, salt, BASE64_STANDARD.decode(key).ok()?)
            }
            _ => {
                let (salt, key) = rest.split_once('$')?;
                let key = data_encoding::HEXLOWER_PERMISSIVE.decode(key.as_bytes()).ok()?;
                match method.split_once(':')? {
                    ("pbkdf2", how) => {
                        let (hash, rounds) = how.split_once(':')?;
                        Self::pbkdf2(Hash::parse(hash)?, rounds, salt, key)
                    }
                    ("scrypt", how) => {
                        let [n, r, p] = parts(how, ':')?;
                        Self::scrypt(n, r, p, salt, key)
                    }
                    _ => None,
                }
            }
        }
    }

    /// Whether it is the hash of this password, as typed: other systems normalise nothing.
    pub fn verify(&self, password: &str) -> bool {
        let password = password.as_bytes();
        match self {
            Self::Pbkdf2 { hash, rounds, salt, key } => {
                let mut out = vec![0; key.len()];
                let done = match hash {
                    Hash::Sha1 => pbkdf2::pbkdf2::<Hmac<Sha1>>(password, salt.as_bytes(), *rounds, &mut out),
                    Hash::Sha256 => pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt.as_bytes(), *rounds, &mut out),
                    Hash::Sha512 => pbkdf2::pbkdf2::<Hmac<Sha512>>(password, salt.as_bytes(), *rounds, &mut out),
                };
                done.is_ok() && keys::same_bytes(&out, key)
            }
            Self::Scrypt { log_n, r, p, salt, key } => {
                let mut out = vec![0; key.len()];
                let params = scrypt::Params::new(*log_n, *r, *p, scrypt::Params::RECOMMENDED_LEN);
                params.is_ok_and(|params| scrypt::scrypt(password, salt.as_bytes(), &params, &mut out).is_ok())
                    && keys::same_bytes(&out, key)
            }
            Self::Argon2(text) => {
                PasswordHash::new(text).is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
            }
            Self::Bcrypt { text, prehashed: false } => bcrypt::verify(password, text).unwrap_or(false),
            Self::Bcrypt { text, prehashed: true } => {
                let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(password));
                bcrypt::verify(digest, text).unwrap_or(false)
            }
        }
    }

    fn django_pbkdf2(hash: Hash, rest: &str) -> Option<Self> {
        let [rounds, salt, key] = parts(rest, '$')?;
        Self::pbkdf2(hash, rounds, salt, BASE64_STANDARD.decode(key).ok()?)
    }

    fn pbkdf2(hash: Hash, rounds: &str, salt: &str, key: Vec<u8>) -> Option<Self> {
        let rounds = rounds.parse().ok().filter(|rounds| (1..=MAX_ROUNDS).contains(rounds))?;
        sound(&key).then(|| Self::Pbkdf2 { hash, rounds, salt: salt.to_owned(), key })
    }

    fn scrypt(n: &str, r: &str, p: &str, salt: &str, key: Vec<u8>) -> Option<Self> {
        let (n, r, p): (u64, u32, u32) = (n.parse().ok()?, r.parse().ok()?, p.parse().ok()?);
        // RFC 7914, section 6: N is a power of two; it takes 128·N·r bytes, p times one after the other.
        let modest = n.is_power_of_two()
            && n > 1
            && (1..=64).contains(&p)
            && 128_u64.checked_mul(n)?.checked_mul(u64::from(r))? <= MAX_MEMORY;
        let log_n = u8::try_from(n.checked_ilog2()?).ok()?;
        (modest && scrypt::Params::new(log_n, r, p, scrypt::Params::RECOMMENDED_LEN).is_ok() && sound(&key))
            .then(|| Self::Scrypt { log_n, r, p, salt: salt.to_owned(), key })
    }

    fn argon2(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let params = argon2::Params::try_from(&hash).ok()?;
        let modest = u64::from(params.m_cost()) * 1024 <= MAX_MEMORY && params.t_cost() <= 100;
        (modest && argon2::Algorithm::try_from(hash.algorithm).is_ok() && hash.hash.is_some())
            .then(|| Self::Argon2(text.to_owned()))
    }

    fn bcrypt(text: &str, prehashed: bool) -> Option<Self> {
        let parts: bcrypt::HashParts = text.parse().ok()?;
        (parts.get_cost() <= MAX_BCRYPT_COST).then(|| Self::Bcrypt { text: text.to_owned(), prehashed })
    }
}

/// Exactly so many parts.
fn parts<const N: usize>(text: &str, by: char) -> Option<[&str; N]> {
    text.split(by).collect::<Vec<_>>().try_into().ok()
}

/// A key of a length that tells something and costs little.
fn sound(key: &[u8]) -> bool {
    (16..=128).contains(&key.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "the long password of bob";

    #[test]
    fn what_is_not_whole_or_asks_for_too_much_work_is_refused() {
        for bad in [
            "",
            "plain text",
            "md5$salt$900150983cd24fb0d6963f7d28e17f72",
            "pbkdf2:sha256:1000$salt$",
            "pbkdf2:sha256$salt$00",
            "pbkdf2:sha256:99999999$salt$3e05081ce5283796520f6372a9b892da4622aabb51d559eab7034e97e8b0b4e4",
            "scrypt:32767:8:1$salt$d42fb0e893895292f239af2c48af5e59cb2c169734d42fc3dbf64144e5278a74",
            "scrypt:1073741824:8:1$salt$d42fb0e893895292f239af2c48af5e59cb2c169734d42fc3dbf64144e5278a74",
            "scrypt$0$salt$8$5$Wp1Asbwe/M57hjwuN9kibwegrjnbQijt0V5dycMAL/BlFlnXMGOjbWyo0EGW7LpGBprE1OD4RG+YPFqPMMvJhw==",
            "$argon2id$v=19$m=4294967295,t=2,p=8$V1hEUXZZQzNBOW5mTG5HdmNPUHZJbw$O9hndbp8cwQR62JFsd2p1qL9r7+4ttNHMNjrua7mxFw",
            "$argon2id$v=19$m=1024,t=1,p=2$NRO0VFeVuww9UhpxPdszlA",
            "bcrypt$$2b$31$7aJ6qB2gP0DLF0L9m3jple4RfmcBBqqUhSTPerKuluyYYm28TE1VK",
            "bcrypt$",
            "$2b$05$short",
        ] {
            assert!(import(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_plain_bcrypt_hash_of_another_system_is_not_taken_for_one_of_ours() {
        let theirs = "$2b$05$quMlmYvxfEm4sNtF0TV9n.fXAouTyPEoraeWWnhspNTV4rL1QBzSq";
        assert_eq!(ForeignHash::parse(theirs), None);
        let kept = import(theirs).unwrap();
        assert!(ForeignHash::parse(&kept).unwrap().verify(PASSWORD));
        assert!(!ForeignHash::parse(&kept).unwrap().verify("another password"));
    }
}
