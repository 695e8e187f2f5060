//! Who may make an account by himself.

/// `SIGN_UP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignUpMode {
    /// Anybody.
    #[default]
    Open,
    /// Whom an admin invited, by the mailed link: nobody by himself.
    Invitation,
    /// Anybody, but the account waits for an admin.
    Approval,
    /// Nobody.
    Closed,
}

impl SignUpMode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invitation => "invitation",
            Self::Approval => "approval",
            Self::Closed => "closed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "open" => Some(Self::Open),
            "invitation" => Some(Self::Invitation),
            "approval" => Some(Self::Approval),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }

    /// Whether the form can be sent at all.
    pub fn takes_forms(self) -> bool {
        matches!(self, Self::Open | Self::Approval)
    }
}

/// How long an account that was signed up for and never verified or used stays, in seconds: 7 days.
pub const UNVERIFIED_SECONDS: i64 = 7 * 24 * 3600;
/// How long a verified sign-up waits for an admin, in seconds: 30 days.
pub const WAITING_SECONDS: i64 = 30 * 24 * 3600;
