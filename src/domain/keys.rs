//! The keys that are derived from `SECRET_KEY`, one for each use, and what is done with them.

use super::Time;
use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256, Sha384};
use subtle::ConstantTimeEq;

/// Derived by HKDF-SHA-256 (RFC 5869) with the use as info: knowing one key tells nothing of the others.
#[derive(Clone)]
pub struct Keys {
    cookie: [u8; 64],
    pepper: [u8; 48],
    seal: [u8; 32],
    code: [u8; 32],
    form: [u8; 32],
    audit: [u8; 32],
    mark: [u8; 32],
    forward: [u8; 32],
}

/// Length of the nonce of [`Keys::seal`], in bytes.
pub const NONCE: usize = 12;

impl Keys {
    pub fn derive(secret: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"rolecall"), secret);
        fn key<const N: usize>(hkdf: &Hkdf<Sha256>, info: &str) -> [u8; N] {
            let mut out = [0; N];
            // Fails only for more than 255 × 32 bytes.
            let _ = hkdf.expand(info.as_bytes(), &mut out);
            out
        }
        Self {
            cookie: key(&hkdf, "cookie v1"),
            pepper: key(&hkdf, "password pepper v1"),
            seal: key(&hkdf, "seal v1"),
            code: key(&hkdf, "one-time code v1"),
            form: key(&hkdf, "form token v1"),
            audit: key(&hkdf, "audit chain v1"),
            mark: key(&hkdf, "audit mark v1"),
            forward: key(&hkdf, "forward v1"),
        }
    }

    /// Signs cookies.
    pub fn cookie(&self) -> &[u8; 64] {
        &self.cookie
    }

    /// What bcrypt gets instead of the password: base64(HMAC-SHA-384(pepper, password)), 64 characters, so that
    /// nothing is cut at 72 bytes or at a NUL, and a stolen table cannot be attacked without the key.
    pub fn peppered(&self, password: &str) -> String {
        let mut mac = hmac::<Hmac<Sha384>>(&self.pepper);
        mac.update(password.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Authenticated encryption (AES-256-GCM). `about` names the place, so that a ciphertext cannot be moved to
    /// another row. `nonce` must be fresh and random.
    pub fn seal(&self, nonce: [u8; NONCE], about: &str, plain: &[u8]) -> Vec<u8> {
        let cipher = Aes256Gcm::new(&self.seal.into());
        let sealed = cipher.encrypt(Nonce::from_slice(&nonce), Payload { msg: plain, aad: about.as_bytes() });
        // Fails only for more than 64 GiB.
        [nonce.to_vec(), sealed.unwrap_or_default()].concat()
    }

    /// The opposite of [`Keys::seal`]; `None` if the key, the place or the bytes are not the same.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let cipher = Aes256Gcm::new(&self.seal.into());
        cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: about.as_bytes() }).ok()
    }

    /// How a short mailed code is kept: keyed, because 26 bits would not stand a plain hash, and bound to what it is for.
    pub fn code_hash(&self, binding: &str, code: &str) -> String {
        mac_text(&self.code, &[binding, code])
    }

    /// The token that a form carries: bound to the browser's session (or pre-session). `nonce` is another one in each
    /// page, so that compression tells nothing of the token (BREACH).
    pub fn form_token(&self, session: &str, nonce: &str) -> String {
        format!("{nonce}.{}", mac_text(&self.form, &[session, nonce]))
    }

    /// Whether the token was made for this session.
    pub fn is_form_token(&self, session: &str, token: &str) -> bool {
        token.split_once('.').is_some_and(|(nonce, _)| same(&self.form_token(session, nonce), token))
    }

    /// The next link of the audit chain.
    pub fn chain(&self, previous: &str, event: &str) -> String {
        mac_text(&self.audit, &[previous, event])
    }

    /// The seal of a place in the audit chain that is kept outside it.
    pub fn seal_mark(&self, parts: &[&str]) -> String {
        mac_text(&self.mark, parts)
    }

    /// What proves a session to `/auth/verify` and nowhere else: its id and its beginning, which tell it from one of the same
    /// id in a database that was restored.
    pub fn forward_token(&self, session_id: i64, began: Time) -> String {
        let text = format!("{session_id}.{}", began.unix());
        let mac = mac_text(&self.forward, &[&text]);
        format!("{text}.{mac}")
    }

    /// The session's id and beginning (in seconds since 1970), if the token is ours.
    pub fn read_forward_token(&self, token: &str) -> Option<(i64, i64)> {
        let (text, mac) = token.rsplit_once('.')?;
        if !same(mac, &mac_text(&self.forward, &[text])) {
            return None;
        }
        let (id, began) = text.split_once('.')?;
        Some((id.parse().ok()?, began.parse().ok()?))
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8]) -> M {
    #[expect(clippy::unwrap_used, reason = "any length of key is good for HMAC (RFC 2104)")]
    <M as Mac>::new_from_slice(key).unwrap()
}

/// HMAC-SHA-256 of the parts, each with its length before it, as base64url.
fn mac_text(key: &[u8], parts: &[&str]) -> String {
    let mut mac = hmac::<Hmac<Sha256>>(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// How a token of 256 random bits is kept. At full entropy a fast hash suffices.
pub fn token_hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// Compares in a time that does not tell where the difference is.
pub fn same(a: &str, b: &str) -> bool {
    same_bytes(a.as_bytes(), b.as_bytes())
}

/// As [`same`].
pub fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_in_its_place() {
        let keys = Keys::derive(b"one");
        let sealed = keys.seal([7; NONCE], "factor 1", b"secret");
        assert_eq!(keys.open("factor 1", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(keys.open("factor 2", &sealed), None);
        assert_eq!(Keys::derive(b"two").open("factor 1", &sealed), None);
        assert_eq!(keys.open("factor 1", &sealed[..5]), None);
        assert!(!String::from_utf8_lossy(&sealed).contains("secret"));
    }

    #[test]
    fn every_part_and_every_key_changes_a_code_hash() {
        let keys = Keys::derive(b"one");
        assert_ne!(keys.code_hash("a", "bc"), keys.code_hash("ab", "c"));
        assert_ne!(keys.code_hash("a", "b"), Keys::derive(b"two").code_hash("a", "b"));
    }

    #[test]
    fn the_whole_password_counts() {
        let keys = Keys::derive(b"one");
        let long = "x".repeat(100);
        assert_ne!(keys.peppered(&format!("{long}a")), keys.peppered(&format!("{long}b")));
        assert_ne!(keys.peppered("a\0b"), keys.peppered("a\0c"));
        assert_eq!(keys.peppered("a").len(), 64);
    }
}
