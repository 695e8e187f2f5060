//! How long the audit log is kept.

use super::Reader;

#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// `AUDIT_RETENTION_DAYS`: events older than this are removed; `None` (0, the default): they are kept for ever.
    pub retention_days: Option<i64>,
}

impl Audit {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let days = i64::from(reader.number::<u32>("AUDIT_RETENTION_DAYS", 0, 0, 36_500));
        Self { retention_days: Some(days).filter(|days| *days > 0) }
    }
}
