use crate::support::Site;

#[test]
fn a_job_is_followed_and_cancelled_by_its_beginner_only() {
    let site = Site::new();
    let id = site.app.begin_verifying_audit(&site.actor("ada")).unwrap().id;
    let mut ada = site.program_of("ada");
    let path = format!("/api/v1/jobs/{id}");
    let job = ada.get(&path).json();
    assert_eq!((job["kind"].as_str(), job["status"].as_str()), (Some("verify_audit"), Some("queued")));
    assert!(job["total"].as_i64().unwrap() > 5 && job["report"].is_null());
    let mut bob = site.program_of("bob");
    assert_eq!((bob.get(&path).status, bob.delete(&path).status), (404, 404));
    assert_eq!(bob.get("/api/v1/jobs").json()["total"], 0);
    site.app.work().unwrap();
    let job = ada.get(&path).json();
    assert_eq!((job["status"].as_str(), &job["report"]["broken_at"]), (Some("done"), &serde_json::Value::Null));
    assert_eq!(ada.get("/api/v1/jobs?filter=open").json()["total"], 0);
    assert_eq!(ada.delete(&path).json()["code"], "job_over");
    let next = site.app.begin_verifying_audit(&site.actor("ada")).unwrap().id;
    assert_eq!(ada.delete(&format!("/api/v1/jobs/{next}")).json()["status"], "cancelled");
}
