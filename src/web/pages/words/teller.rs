//! From an event's action and values to the pieces of its sentence.

use super::{
    Part, factors,
    facts::{named_role, only_if, place, text, until},
    method, tokens,
};
use crate::domain::{Time, audit::AuditEvent, session::ended, text::thousands};
use serde_json::Value;

/// Reasons that Rolecall itself writes and that the sentence tells already.
const TOLD: [&str; 5] = [ended::SIGNED_OUT, ended::BY_USER, ended::BY_ADMIN, ended::TOO_MANY, "wrong code"];

pub(super) fn object(json: Option<&str>) -> Value {
    json.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

pub(super) fn say(text: impl Into<String>) -> Part {
    Part { text: text.into(), ..Part::default() }
}

pub(super) fn name(text: impl Into<String>, href: String) -> Part {
    Part { text: text.into(), name: true, href }
}

pub(super) struct Teller<'a> {
    pub(super) event: &'a AuditEvent,
    /// The reader, if he is told of his own.
    pub(super) you: Option<i64>,
    pub(super) before: Value,
    pub(super) after: Value,
}

impl Teller<'_> {
    pub(super) fn parts(&self) -> Vec<Part> {
        let told = match self.event.action.split_once('.') {
            Some((_, act)) if act.split('_').next() == Some("export") => Some(self.export()),
            Some(("user", act)) => self.user(act),
            Some(("password", act)) => self.password(act),
            Some(("factor", act)) => self.factor(act),
            Some(("session", act)) => self.session(act),
            Some(("device", act)) => self.device(act),
            Some(("token", act)) => tokens::parts(self, act),
            Some(("role", act)) => self.role(act),
            Some(("permission", act)) => self.permission(act),
            Some(("constraint", act)) => self.constraint(act),
            Some(("audit", act)) => self.audit(act),
            Some(("change", "undo")) => Some(vec![self.actor(), say(" undid "), self.object()]),
            Some(("mail", "test")) => Some(vec![self.owner(), say(" sent a test mail")]),
            Some(("forward_rule", act)) => self.forward_rule(act),
            Some(("setting", "update")) => Some(vec![self.actor(), say(" changed the setting "), self.setting()]),
            Some(("mail", "retry")) => Some(vec![self.actor(), say(" sent the mail "), self.object(), say(" again")]),
            Some(("mail", "retry_all")) => {
                let mails = self.after.get("mails").and_then(Value::as_i64).unwrap_or_default();
                let many = if mails == 1 { "mail that had" } else { "mails that had" };
                Some(vec![self.actor(), say(format!(" sent the {} {many} failed again", thousands(mails)))])
            }
            _ => None,
        };
        // An event of a newer Rolecall: the log is still true, only less well told.
        let mut told =
            told.unwrap_or_else(|| vec![self.actor(), say(format!(": {} of ", self.event.action)), self.object()]);
        if let Some(token) = &self.event.token_name {
            told.extend([say(", by the token "), name(token, String::new())]);
        }
        told
    }

    fn user(&self, act: &str) -> Option<Vec<Part>> {
        let mine = self.by_its_owner();
        Some(match act {
            "create" => vec![self.actor(), say(" made an account for "), self.object()],
            "sign_up" => vec![self.owner(), say(" signed up")],
            "sign_up_again" => vec![say("Somebody tried to sign up again with the address of "), self.object()],
            "update" if mine => vec![self.owner(), say(format!(" changed {} profile", self.own()))],
            "update" => vec![self.actor(), say(" changed the profile of "), self.object()],
            "verify_email" => vec![self.owner(), say(format!(" verified {} e-mail address", self.own()))],
            "approve" => vec![self.actor(), say(" let "), self.object(), say(" in, who had signed up")],
            "reject" => vec![self.actor(), say(" turned away "), self.gone(), say(", who had signed up")],
            "invite_again" => vec![self.actor(), say(" invited "), self.object(), say(" again")],
            "revoke_invitation" => vec![self.actor(), say(" took back the invitation of "), self.gone()],
            "download" => vec![self.owner(), say(format!(" downloaded {} data", self.own()))],
            "leave" => vec![self.owner(), say(format!(" asked for the end of {} account", self.own()))],
            "stay" => vec![self.owner(), say(format!(" kept {} account", self.own()))],
            "request_email" => vec![self.owner(), say(format!(" asked for another address of {} account", self.own()))],
            "cancel_email" => vec![self.owner(), say(format!(" kept {} e-mail address", self.own()))],
            "change_email" => vec![self.owner(), say(format!(" changed {} e-mail address", self.own()))],
            "disable" => vec![self.actor(), say(" disabled "), self.object(), say(self.times("", "until"))],
            "plan_disabling" => {
                vec![self.actor(), say(" set that "), self.object(), say(self.times("is disabled from", "until"))]
            }
            "cancel_disabling" => {
                vec![self.actor(), say(" took back that "), self.object(), say(" is to be disabled")]
            }
            "enable" => vec![self.actor(), say(" enabled "), self.object()],
            "delete" if mine => vec![self.owner(), say(format!(" deleted {} account", self.own()))],
            "delete" => vec![self.actor(), say(" deleted the account of "), self.gone()],
            "restore" => {
                vec![self.actor(), say(" brought back the account of "), self.object(), say(self.with_roles("role"))]
            }
            _ => return None,
        })
    }

    fn password(&self, act: &str) -> Option<Vec<Part>> {
        Some(match act {
            "change" => vec![self.owner(), say(format!(" changed {} password", self.own()))],
            "reset" => vec![self.owner(), say(" set a new password by a mailed link")],
            "forgotten" if self.event.object_id.is_none() => {
                vec![say("Somebody asked for a new password for an address without an account")]
            }
            "forgotten" => vec![say("Somebody asked for a link to a new password for "), self.object()],
            "send_reset" => vec![self.actor(), say(" had a link to a new password mailed to "), self.object()],
            _ => return None,
        })
    }

    fn factor(&self, act: &str) -> Option<Vec<Part>> {
        let (verb, facts) = match act {
            "recovery" => return Some(vec![self.owner(), say(" made new recovery codes")]),
            "reset" => {
                return Some(vec![self.actor(), say(" took the second factors of "), self.object(), say(" off")]);
            }
            "demand" => {
                let until = Time::parse(text(&self.after, "until"));
                let until = until.map(|at| format!(", to be set up before {at}")).unwrap_or_default();
                return Some(vec![self.actor(), say(" demanded a second factor of "), self.object(), say(until)]);
            }
            "waive" => {
                return Some(vec![self.actor(), say(" no longer demanded a second factor of "), self.object()]);
            }
            "rename" => {
                let names = (text(&self.before, "name"), text(&self.after, "name"));
                return Some(vec![
                    self.owner(),
                    say(format!(" called the authenticator app “{}” now “{}”", names.0, names.1)),
                ]);
            }
            "add" => ("on", &self.after),
            "remove" => ("off", &self.before),
            _ => return None,
        };
        let which = match text(facts, "name") {
            "" => String::new(),
            name => format!(" “{name}”"),
        };
        let method = method(text(facts, "method"));
        Some(vec![self.owner(), say(format!(" turned {verb} the second factor {method}{which}"))])
    }

    fn device(&self, act: &str) -> Option<Vec<Part>> {
        Some(match act {
            "trust" => {
                let until =
                    Time::parse(text(&self.after, "until")).map(|at| format!(" until {at}")).unwrap_or_default();
                let device = text(&self.after, "device");
                vec![self.owner(), say(format!(" chose to be asked for no code on {device}{until}"))]
            }
            "distrust_of" => vec![self.actor(), say(" ended the trust in devices of "), self.object()],
            "distrust" => vec![self.owner(), say(" chose to be asked for a code again on devices that were trusted")],
            _ => return None,
        })
    }

    fn session(&self, act: &str) -> Option<Vec<Part>> {
        let who = if self.event.object_id.is_some() {
            self.object()
        } else {
            name(format!("“{}”", self.event.object_name), String::new())
        };
        Some(match (act, self.event.reason.as_str()) {
            ("begin", _) => {
                vec![self.owner(), say(format!(" signed in with {}", factors(text(&self.after, "factors"))))]
            }
            ("end_all", _) => vec![self.actor(), say(" ended the sessions of all users")],
            ("end", ended::TOO_MANY) => {
                vec![
                    say("The oldest session of "),
                    self.object(),
                    say(" ended, since there may be only so many at once"),
                ]
            }
            ("refused", ended::TOO_MANY) => {
                vec![say("A sign-in of "), who, say(" was refused, since there may be only so many sessions at once")]
            }
            ("end", ended::SIGNED_OUT) => vec![self.owner(), say(" signed out")],
            ("end", _) if self.by_its_owner() => {
                vec![self.owner(), say(format!(" ended sessions of {} own", self.own()))]
            }
            ("end", _) => vec![self.actor(), say(" ended sessions of "), self.object()],
            ("reauthenticate", _) => {
                let proof = factors(text(&self.after, "factors"));
                vec![self.owner(), say(format!(" confirmed with {proof} that it is {}", self.self_word()))]
            }
            ("disown", _) => {
                vec![self.owner(), say(" said that a sign-in was somebody else's, and ended all sessions")]
            }
            ("activate", _) => {
                let roles = match self.after.get("roles") {
                    Some(Value::Array(names)) if names.is_empty() => "without any role".to_owned(),
                    Some(Value::Array(names)) => {
                        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                        format!("with only {}", names.join(", "))
                    }
                    _ => "with all roles again".to_owned(),
                };
                vec![self.owner(), say(format!(" went on {roles} in a session"))]
            }
            ("refused", "wrong code") => vec![say("Somebody with the right password gave a wrong code for "), who],
            ("refused", _) => vec![say("Somebody failed to sign in as "), who],
            _ => return None,
        })
    }

    fn role(&self, act: &str) -> Option<Vec<Part>> {
        let kind = if text(&self.after, "kind") == "group"
            || text(self.before.get("role").unwrap_or(&Value::Null), "kind") == "group"
            || text(self.after.get("role").unwrap_or(&Value::Null), "kind") == "group"
        {
            "group"
        } else {
            "role"
        };
        Some(match act {
            "create" => vec![self.actor(), say(format!(" made the {kind} ")), self.object()],
            "update" => vec![self.actor(), say(format!(" changed the {kind} ")), self.object()],
            "restore" => vec![
                self.actor(),
                say(format!(" brought back the {kind} ")),
                self.object(),
                say(self.with_roles("member")),
            ],
            "sign_in_rules" => vec![self.actor(), say(" changed what is demanded of the sign-in by "), self.object()],
            "delete" => {
                vec![self.actor(), say(format!(" deleted the {kind} ")), Part { href: String::new(), ..self.object() }]
            }
            "give" => vec![
                self.actor(),
                say(" gave "),
                self.object(),
                say(" the role "),
                named_role(&self.after, "role"),
                say(self.extent()),
            ],
            "set_end" => vec![
                self.actor(),
                say(" set that "),
                self.object(),
                say(" has the role "),
                named_role(&self.after, "role"),
                say(format!("{} {} instead of {}", place(&self.after), until(&self.after), until(&self.before))),
            ],
            "take" if self.by_its_owner() => vec![
                self.actor(),
                say(" handed back the role "),
                named_role(&self.before, "role"),
                say(place(&self.before)),
            ],
            "take" => vec![
                self.actor(),
                say(" took the role "),
                named_role(&self.before, "role"),
                say(format!("{} from ", place(&self.before))),
                self.object(),
            ],
            "include" => {
                vec![self.actor(), say(" let "), self.object(), say(" include "), named_role(&self.after, "includes")]
            }
            "exclude" => {
                vec![self.actor(), say(" took "), named_role(&self.before, "includes"), say(" out of "), self.object()]
            }
            _ => return None,
        })
    }

    fn permission(&self, act: &str) -> Option<Vec<Part>> {
        let pattern = |facts: &Value| name(format!("{}{}", text(facts, "permission"), only_if(facts)), String::new());
        Some(match act {
            "create" => vec![self.actor(), say(" registered the permission "), self.object()],
            "update" => vec![self.actor(), say(" described the permission "), self.object()],
            "delete" => {
                vec![self.actor(), say(" deleted the permission "), Part { href: String::new(), ..self.object() }]
            }
            "grant" => {
                vec![self.actor(), say(" gave the role "), self.object(), say(" the permission "), pattern(&self.after)]
            }
            "revoke" => vec![
                self.actor(),
                say(" took the permission "),
                pattern(&self.before),
                say(" from the role "),
                self.object(),
            ],
            _ => return None,
        })
    }

    fn audit(&self, act: &str) -> Option<Vec<Part>> {
        let number = |key: &str| self.after.get(key).and_then(Value::as_i64).map(thousands).unwrap_or_default();
        Some(match act {
            "expire" => vec![
                self.actor(),
                say(format!(
                    " removed {} events of the audit log that were older than {} days",
                    number("removed"),
                    number("older_than_days")
                )),
            ],
            _ => return None,
        })
    }

    fn constraint(&self, act: &str) -> Option<Vec<Part>> {
        let verb = match act {
            "create" => " made the constraint ",
            "update" => " changed the constraint ",
            "delete" => " ended the constraint ",
            _ => return None,
        };
        Some(vec![self.actor(), say(verb), self.object()])
    }

    /// Who did it, at the beginning of the sentence.
    pub(super) fn actor(&self) -> Part {
        match (self.event.actor_id, self.event.actor_name.as_str()) {
            (Some(id), _) if self.you == Some(id) => name("You", String::new()),
            (Some(id), who) => name(who, format!("/admin/users/{id}")),
            (None, "operator") => say("The operator"),
            (None, "") => say("Somebody"),
            (None, who) => name(who, String::new()),
        }
    }

    /// What it was done to, within the sentence.
    pub(super) fn object(&self) -> Part {
        let event = self.event;
        let folder = match event.object_kind.as_str() {
            "user" if event.object_id.is_some() && event.object_id == self.you => return name("you", String::new()),
            "user" => "users",
            "role" => "roles",
            "permission" => "permissions",
            "mail" => "mails",
            "constraint" => "access/constraints",
            "forward_rule" => "forward-auth",
            "revision" => "audit/undo",
            _ => "",
        };
        let href = event
            .object_id
            .filter(|_| !folder.is_empty())
            .map(|id| format!("/admin/{folder}/{id}"))
            .unwrap_or_default();
        name(event.object_name.clone(), href)
    }

    fn forward_rule(&self, act: &str) -> Option<Vec<Part>> {
        let (verb, rule) = match act {
            "create" => (" made", self.object()),
            "update" => (" changed", self.object()),
            "delete" => (" deleted", self.gone()),
            _ => return None,
        };
        Some(vec![self.actor(), say(format!("{verb} the rule ")), rule, say(" for applications behind a proxy")])
    }

    /// A setting has a name and no number.
    fn setting(&self) -> Part {
        name(self.event.object_name.clone(), "/admin/settings".to_owned())
    }

    /// What it was done to, where that has no page any more.
    fn gone(&self) -> Part {
        Part { href: String::new(), ..self.object() }
    }

    /// The user it was done to, as who did it.
    fn owner(&self) -> Part {
        let object = self.object();
        if object.text == "you" && object.href.is_empty() { name("You", String::new()) } else { object }
    }

    /// Whether a user did it to himself.
    pub(super) fn by_its_owner(&self) -> bool {
        self.event.object_kind == "user" && self.event.actor_id.is_some() && self.event.actor_id == self.event.object_id
    }

    fn own(&self) -> &'static str {
        if self.you.is_some() && self.event.object_id == self.you { "your" } else { "their" }
    }

    fn self_word(&self) -> &'static str {
        if self.you.is_some() && self.event.object_id == self.you { "you" } else { "them" }
    }

    /// Where, from when and until when a role was given.
    fn extent(&self) -> String {
        let time = |key: &str| Time::parse(text(&self.after, key)).ok();
        let from = time("valid_from")
            .filter(|from| *from > self.event.at.plus_seconds(60))
            .map(|from| format!(" from {from}"))
            .unwrap_or_default();
        let until = time("valid_to").map(|to| format!(" until {to}")).unwrap_or_default();
        format!("{}{from}{until}{}", place(&self.after), only_if(&self.after))
    }

    /// With how many assignments something came back.
    fn with_roles(&self, one: &str) -> String {
        match self.after.get("assignments").and_then(Value::as_i64) {
            None | Some(0) => String::new(),
            Some(1) => format!(" with 1 {one}"),
            Some(n) => format!(" with {n} {one}s"),
        }
    }

    /// From when until when somebody is disabled, in these words.
    fn times(&self, from: &str, until: &str) -> String {
        let moment = |key: &str| Time::parse(text(&self.after, key)).ok();
        let from = moment("disable_at").map(|at| format!(" {from} {at}")).unwrap_or_default();
        from + &moment("enable_at").map(|at| format!(" {until} {at}")).unwrap_or_default()
    }

    pub(super) fn reason(&self) -> String {
        let reason = self.event.reason.as_str();
        if TOLD.contains(&reason) { String::new() } else { reason.to_owned() }
    }
}
