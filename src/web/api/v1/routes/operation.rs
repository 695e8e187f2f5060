//! What administers the service itself: its log, jobs, mails, settings and rules of forward-auth.

use super::*;

pub(super) fn all() -> Vec<Noun> {
    vec![
        noun(
            "/audit",
            [get(audit::list, "The audit log, the latest first.")
                .searched(IN_EVENTS)
                .sorted(&["at"])
                .details("Of a long log a page may be short or empty and still have a `next`.")],
        ),
        noun(r"/audit/{id:\d+}", [get(audit::get, "An event, with the others of its request and its revision.")]),
        noun(
            "/audit/verification",
            [post(audit::verify, "Verifies the chain of the log, in the background.")
                .details("202 with the job, whose `report` tells what was found.")],
        ),
        noun("/overview", [get(search::overview, "The numbers of the first page.")]),
        noun("/search", [get(search::list, "What has these words: the best of each kind.")]),
        noun(
            "/suggestions",
            [get(search::suggest, "Names that fit what was typed so far.").narrowed(
                "kind",
                &["role", "user", "permission", "pattern"],
                "What is named.",
            )],
        ),
        noun(
            "/revisions/{revision}/undo",
            [post(revision_undo::create, "Undoes all that a revision did, or nothing.")],
        ),
        noun(
            "/jobs",
            [get(jobs::list, "Long work in the background, the latest first.")
                .searched("Words in the title; all must be found.")
                .sorted(&["began"])
                .filtered(&["open"])],
        ),
        noun(
            "/jobs/{id}",
            [
                get(jobs::get, "A job."),
                delete(jobs::delete, "Stops a job after its present step.").details("What it has done stays."),
            ],
        ),
        noun("/jobs/{id}/resumption", [post(jobs::resume, "Goes on with an interrupted job.")]),
        noun(
            "/jobs/{id}/rows",
            [get(jobs::rows, "What came of each user of a job.")
                .searched(OF_USERS)
                .sorted(&["id"])
                .filtered(&["done", "already", "spared", "refused"])],
        ),
        noun(
            "/mails",
            [get(mails::list, "The outbox, without bodies, the latest first.")
                .searched("Words in address or subject; all must be found.")
                .sorted(&["written"])
                .filtered(&["waiting", "sent", "failed"])],
        ),
        noun("/mails/retry", [post(mails::retry_all, "Sends all mails again that have failed.")]),
        noun(r"/mails/{id:\d+}", [get(mails::get, "A mail, without its body.")]),
        noun(r"/mails/{id:\d+}/retry", [post(mails::retry, "Sends a mail again that has failed.")]),
        noun(
            "/settings",
            [
                get(settings::list, "What is configured, and from where."),
                patch(settings::update, "Changes settings while Rolecall runs, all or none."),
            ],
        ),
        noun(
            "/settings/test-mail",
            [post(settings::mail_test, "Sends a mail to oneself, to see whether mails arrive.")],
        ),
        noun(
            "/forward-rules",
            [
                get(forward_rules::list, "The rules of forward-auth.")
                    .searched("Words in host, path, permission or note; all must be found.")
                    .sorted(&["request", "permission"]),
                post(forward_rules::create, "Makes a rule."),
            ],
        ),
        noun("/forward-rules/trial", [get(forward_rules::try_out, "What would become of a request.")]),
        noun(
            r"/forward-rules/{id:\d+}",
            [
                get(forward_rules::get, "A rule."),
                patch(forward_rules::update, "Changes a rule.").details("What is left out stays as it is."),
                delete(forward_rules::delete, "Deletes a rule."),
            ],
        ),
    ]
}
