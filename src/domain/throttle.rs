//! Limits on attempts. All of them stand in this table; docs/security.md shows the same.

/// `free` hits pass at once; every further one waits the longer the more there were. A bucket is forgotten
/// after `window` seconds without a hit, and on success where the caller says so.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub free: i64,
    pub window: i64,
    /// Seconds to wait after hit number `free + 1`, `free + 2`, …; the last one repeats.
    pub waits: &'static [i64],
}

/// Failures of one account by all devices that it does not know, or by one that it does: strangers do not slow the owner.
pub const SIGN_IN_ACCOUNT: Limit =
    Limit { name: "sign-in by account", free: 3, window: 3600, waits: &[1, 1, 3, 3, 5, 5, 10] };
/// So many wrong passwords in a row, and the password opens nothing any more to whoever they came from: all devices that
/// the account does not know together, or one that it does (NIST SP 800-63B-4, 3.2.2). A right one from elsewhere forgets
/// none of them; a new password does.
pub const FAILURES_IN_A_ROW: i64 = 100;
/// Sign-ins from one address.
pub const SIGN_IN_IP: Limit = Limit { name: "sign-in by address", free: 30, window: 600, waits: &[2, 5, 10, 30] };
/// Wrong second factors of one account, after a right password.
pub const SECOND_FACTOR: Limit = Limit { name: "second factor", free: 5, window: 300, waits: &[60, 120, 300] };
pub const SIGN_UP_IP: Limit = Limit { name: "sign-up by address", free: 20, window: 3600, waits: &[60, 300, 600] };
pub const RESET_IP: Limit = Limit { name: "password reset by address", free: 10, window: 3600, waits: &[60, 300, 600] };
/// Mails of one kind to one mailbox, whoever asks for them.
pub const MAIL_ADDRESS: Limit = Limit { name: "mail to one address", free: 5, window: 3600, waits: &[300, 600, 1800] };
/// Tries of one-time links from one address.
pub const LINK_IP: Limit = Limit { name: "one-time link by address", free: 30, window: 600, waits: &[5, 30, 60] };
/// Tokens from one network that are none. Nobody guesses 256 bits: it is the database that is spared.
pub const TOKEN_IP: Limit = Limit { name: "token by address", free: 30, window: 600, waits: &[2, 5, 10, 30] };

impl Limit {
    /// Seconds that must lie between the last hit and the next when there were `hits` before.
    pub fn wait(&self, hits: i64) -> i64 {
        let over = hits - self.free;
        match usize::try_from(over) {
            Ok(0) | Err(_) => 0,
            Ok(over) => self.waits.get(over - 1).or(self.waits.last()).copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_begin_after_the_free_hits_and_never_shrink() {
        for limit in [SIGN_IN_ACCOUNT, SIGN_IN_IP, SECOND_FACTOR, SIGN_UP_IP, RESET_IP, MAIL_ADDRESS, LINK_IP, TOKEN_IP]
        {
            assert_eq!(limit.wait(limit.free), 0, "{}", limit.name);
            assert!(limit.wait(limit.free + 1) > 0, "{}", limit.name);
            assert!((0..200).all(|hits| limit.wait(hits) <= limit.wait(hits + 1)), "{}", limit.name);
            assert!(limit.wait(i64::MAX) <= 1800, "{}", limit.name);
        }
    }
}
