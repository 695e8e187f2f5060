//! The routes of the system that Rolecall replaces, with its payloads: `{"success": bool, "message": str, …}`.

pub mod login;
