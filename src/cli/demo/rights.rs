//! What the company's programs ask for, and the roles that have it.

use crate::domain::role::{GROUP, ROLE};

/// A resource: its name, what people call it, what it is, and its five actions.
pub type Resource = (&'static str, &'static str, &'static str, [&'static str; 5]);

pub const RESOURCES: [Resource; 24] = [
    ("invoices", "invoices", "What suppliers ask us to pay.", ["read", "create", "approve", "pay", "export"]),
    ("payments", "payments", "Money that leaves our accounts.", ["read", "create", "approve", "cancel", "export"]),
    (
        "budgets",
        "budgets",
        "What each department may spend in a year.",
        ["read", "create", "update", "approve", "export"],
    ),
    (
        "expenses",
        "expense claims",
        "What employees paid for the company.",
        ["read", "create", "approve", "pay", "export"],
    ),
    ("ledgers", "ledgers", "The books, month by month.", ["read", "post", "close", "audit", "export"]),
    ("contracts", "contracts", "Signed agreements and their drafts.", ["read", "create", "update", "sign", "archive"]),
    ("suppliers", "suppliers", "Companies that we buy from.", ["read", "create", "update", "approve", "block"]),
    ("purchases", "purchase orders", "What we have ordered.", ["read", "create", "approve", "cancel", "receive"]),
    (
        "customers",
        "customers",
        "Laboratories and workshops that buy from us.",
        ["read", "create", "update", "merge", "export"],
    ),
    ("offers", "offers", "Prices that we have named.", ["read", "create", "update", "send", "approve"]),
    ("orders", "orders", "What customers have ordered.", ["read", "create", "update", "ship", "cancel"]),
    ("tickets", "tickets", "Questions and complaints of customers.", ["create", "read", "answer", "close", "escalate"]),
    (
        "articles",
        "help articles",
        "Answers that customers find by themselves.",
        ["read", "create", "update", "publish", "archive"],
    ),
    ("campaigns", "campaigns", "Trade fairs and newsletters.", ["read", "create", "update", "publish", "export"]),
    ("projects", "projects", "Instruments under development.", ["read", "create", "update", "close", "archive"]),
    (
        "documents",
        "documents",
        "Specifications, minutes and manuals.",
        ["read", "create", "update", "share", "archive"],
    ),
    (
        "drawings",
        "drawings",
        "Parts and assemblies, for the workshop.",
        ["read", "create", "update", "release", "archive"],
    ),
    (
        "repositories",
        "repositories",
        "The source of our firmware and programs.",
        ["read", "push", "review", "release", "archive"],
    ),
    (
        "deployments",
        "deployments",
        "Versions on their way to the servers.",
        ["read", "create", "approve", "cancel", "rollback"],
    ),
    ("servers", "servers", "Machines in both data centres.", ["read", "create", "update", "restart", "delete"]),
    (
        "staff",
        "staff files",
        "Contracts and addresses of employees.",
        ["read", "create", "update", "export", "archive"],
    ),
    ("salaries", "salaries", "What each of us earns.", ["read", "create", "update", "approve", "export"]),
    ("leave", "leave", "Holidays and other days off.", ["read", "create", "approve", "cancel", "export"]),
    ("stock", "stock", "What lies in the warehouses.", ["read", "receive", "move", "count", "write-off"]),
];

/// `Approve invoices`.
pub fn label(action: &str, noun: &str) -> String {
    let verb = match action {
        "read" => "See",
        "create" => "Add",
        "update" => "Change",
        "post" => "Post to",
        "push" => "Push to",
        "rollback" => "Roll back",
        "write-off" => "Write off",
        other => {
            return format!(
                "{}{} {noun}",
                other.get(..1).unwrap_or_default().to_uppercase(),
                other.get(1..).unwrap_or_default()
            );
        }
    };
    format!("{verb} {noun}")
}

/// A role or a group: what it has, and what it includes (only what stands above it in the table).
pub struct Draft {
    pub name: &'static str,
    pub kind: &'static str,
    pub about: &'static str,
    pub patterns: &'static str,
    pub includes: &'static str,
}

const fn role(name: &'static str, about: &'static str, patterns: &'static str, includes: &'static str) -> Draft {
    Draft { name, kind: ROLE, about, patterns, includes }
}

const fn group(name: &'static str, about: &'static str, includes: &'static str) -> Draft {
    Draft { name, kind: GROUP, about, patterns: "", includes }
}

/// Roles that were called otherwise once: the name of today, and the one before.
pub const RENAMED: [(&str, &str); 3] =
    [("people-partner", "hr"), ("site-reliability", "ops"), ("customer-care", "call-centre")];

/// With the names of today.
pub const ROLES: [Draft; 25] = [
    role(
        "employee",
        "What everybody who works here needs.",
        "leave:read leave:create expenses:read expenses:create documents:read projects:read articles:read tickets:create",
        "",
    ),
    role(
        "contractor",
        "For people of other companies, in their projects only.",
        "documents:read drawings:read projects:read",
        "",
    ),
    role("auditor", "Sees everything and changes nothing.", "*:read", ""),
    role(
        "help-desk",
        "Helps colleagues who cannot sign in.",
        "rolecall.users:read rolecall.sessions:read rolecall.sessions:write rolecall.mails:read rolecall.mails:write",
        "employee",
    ),
    role(
        "people-partner",
        "Welcomes new colleagues and keeps the staff files.",
        "staff:* leave:* rolecall.users:read rolecall.users:write rolecall.roles:read rolecall.assignments:write",
        "employee",
    ),
    role(
        "accountant",
        "Books invoices and prepares payments.",
        "invoices:read invoices:create payments:read payments:create ledgers:read ledgers:post suppliers:read",
        "employee",
    ),
    role(
        "payroll-clerk",
        "Prepares what we are paid.",
        "salaries:read salaries:create salaries:update staff:read",
        "employee",
    ),
    role(
        "finance-lead",
        "Approves what leaves our accounts.",
        "invoices:* payments:* budgets:* ledgers:* expenses:* salaries:approve rolecall.users:read rolecall.roles:read rolecall.assignments:write",
        "accountant payroll-clerk",
    ),
    role(
        "buyer",
        "Orders parts and material.",
        "purchases:read purchases:create suppliers:read suppliers:create stock:read",
        "employee",
    ),
    role(
        "warehouse-worker",
        "Receives, counts and ships.",
        "stock:read stock:receive stock:move stock:count orders:read orders:ship purchases:receive",
        "employee",
    ),
    role(
        "purchasing-lead",
        "Approves orders and chooses suppliers.",
        "purchases:* suppliers:* stock:* contracts:read contracts:sign rolecall.users:read rolecall.roles:read rolecall.assignments:write",
        "buyer warehouse-worker",
    ),
    role(
        "salesperson",
        "Sells in his own countries.",
        "customers:read customers:create customers:update offers:read offers:create offers:update offers:send orders:read orders:create",
        "employee",
    ),
    role("marketer", "Plans trade fairs and newsletters.", "campaigns:*", "employee"),
    role(
        "sales-lead",
        "Approves offers and answers for the numbers.",
        "customers:* offers:* orders:* rolecall.users:read rolecall.roles:read rolecall.assignments:write",
        "salesperson marketer",
    ),
    role(
        "support-agent",
        "Answers customers.",
        "tickets:read tickets:answer tickets:close customers:read articles:create articles:update",
        "employee",
    ),
    role(
        "support-lead",
        "Decides hard cases and publishes answers.",
        "tickets:* articles:* rolecall.users:read rolecall.roles:read rolecall.assignments:write",
        "support-agent",
    ),
    role(
        "engineer",
        "Draws and writes down how instruments are made.",
        "drawings:read drawings:create drawings:update documents:create documents:update",
        "employee",
    ),
    role(
        "project-lead",
        "Leads a project and chooses who works in it.",
        "projects:* drawings:* documents:* rolecall.users:read rolecall.roles:read rolecall.assignments:write",
        "engineer contractor",
    ),
    role(
        "developer",
        "Writes firmware and programs.",
        "repositories:read repositories:push repositories:review deployments:read deployments:create servers:read",
        "employee",
    ),
    role(
        "site-reliability",
        "Keeps the servers running.",
        "servers:* deployments:read deployments:rollback",
        "employee",
    ),
    role(
        "release-manager",
        "Decides what goes out, and when.",
        "repositories:* deployments:* rolecall.users:read rolecall.roles:read rolecall.assignments:write",
        "developer site-reliability",
    ),
    group("finance", "Everybody in finance.", "accountant"),
    group("engineering", "Everybody who designs instruments.", "engineer"),
    group("customer-care", "Everybody whom customers can call.", "support-agent"),
    group("operations", "Finance and customer care, for the weekly round.", "finance customer-care"),
];

/// A department: its head (username, first, last name), the head's role, what members get, where, and how many there are beside him.
pub struct Department {
    pub name: &'static str,
    pub head: (&'static str, &'static str, &'static str),
    pub lead: &'static str,
    /// By turns.
    pub roles: &'static [&'static str],
    /// By turns; empty: everywhere.
    pub scopes: &'static [&'static str],
    pub size: usize,
}

const COUNTRIES: &[&str] =
    &["country/de", "country/fr", "country/pl", "country/jp", "country/br", "country/in", "country/ke", "country/us"];
const PROJECTS: &[&str] = &["project/aurora", "project/borealis", "project/corona", "project/dusk"];
const SITES: &[&str] = &["site/bremen", "site/lyon", "site/pune"];

pub const DEPARTMENTS: [Department; 6] = [
    Department {
        name: "finance",
        head: ("kofi", "Kofi", "Amoah"),
        lead: "finance-lead",
        roles: &["finance", "finance", "payroll-clerk"],
        scopes: &[],
        size: 22,
    },
    Department {
        name: "purchasing",
        head: ("marta", "Marta", "Kowalczyk"),
        lead: "purchasing-lead",
        roles: &["buyer", "warehouse-worker"],
        scopes: SITES,
        size: 34,
    },
    Department {
        name: "sales",
        head: ("diego", "Diego", "Fuentes"),
        lead: "sales-lead",
        roles: &["salesperson", "salesperson", "marketer"],
        scopes: COUNTRIES,
        size: 46,
    },
    Department {
        name: "support",
        head: ("yuki", "Yuki", "Nakamura"),
        lead: "support-lead",
        roles: &["customer-care"],
        scopes: &[],
        size: 36,
    },
    Department {
        name: "engineering",
        head: ("brigid", "Brigid", "O’Leary"),
        lead: "project-lead",
        roles: &["engineering", "engineering", "engineering", "contractor"],
        scopes: PROJECTS,
        size: 31,
    },
    Department {
        name: "software",
        head: ("anil", "Anil", "Kulkarni"),
        lead: "release-manager",
        roles: &["developer", "developer", "site-reliability"],
        scopes: PROJECTS,
        size: 23,
    },
];
