//! The audit log: what changes say of themselves, filters, and the file for spreadsheets.

use e2e::value::{text, texts};
use e2e::{Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    a_change_tells_old_and_new_values,
    secrets_are_never_told,
    entries_are_found_by_filters,
    the_log_comes_as_a_file,
    failed_sign_ins_are_written_down_once,
}

const AUDIT: &str = "/api/v1/tenants/default/audit";

fn rule() -> Value {
    json!({
        "name": "Many errors", "condition": "error_count > threshold in time_window",
        "threshold": 50, "time_window": "5m", "notifications": ["slack"],
    })
}

async fn entries(server: &Server, query: &str) -> Vec<Value> {
    let list = server.data(&format!("{AUDIT}{query}")).await;
    list["entries"].as_array().unwrap().clone()
}

async fn a_change_tells_old_and_new_values(stack: Stack) {
    let server = Server::start(stack).await;
    let made = server.post("/api/alerts/rules", &rule()).await.data(201);
    let path = format!("/api/alerts/rules/{}", text(&made["id"]));
    let change = json!({ "threshold": 25 });
    server.change(&path, &change).await.data(200);
    let before = entries(&server, "").await.len();
    // Changes nothing.
    server.change(&path, &change).await.data(200);
    assert_eq!(entries(&server, "").await.len(), before);
    let newest = entries(&server, "?action=rule.changed").await.remove(0);
    assert_eq!(
        (&newest["old"], &newest["new"]),
        (&json!({ "threshold": 50 }), &change)
    );
    assert_eq!(newest["target"], format!("rule:{}", text(&made["id"])));
    assert_eq!(newest["target_name"], "Many errors");
    assert!(!text(&newest["actor_name"]).is_empty());
    // Questions change nothing.
    let question = json!({ "condition": "error_count > 5" });
    server
        .post("/api/alerts/rules/check", &question)
        .await
        .data(200);
    server.delete(&path).await.is_empty_204();
    let entries = entries(&server, "?action=rule").await;
    assert_eq!(
        texts(&entries, "action"),
        ["rule.deleted", "rule.changed", "rule.created"]
    );
    assert_eq!(entries[0]["old"]["threshold"], 25);
    assert_eq!(
        (&entries[0]["new"], &entries[2]["old"]),
        (&Value::Null, &Value::Null)
    );
}

async fn secrets_are_never_told(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/settings/integrations/webhook";
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let config = json!({ "url": "http://127.0.0.1:9/in", "secret": secret });
    server.change(path, &config).await.data(200);
    let other = "whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    // As it is shown: it stays. Given anew, nobody can tell whether its path is another one.
    let config = json!({ "url": "http://127.0.0.1:9/...", "secret": other });
    server.change(path, &config).await.data(200);
    let entries = entries(&server, "?target=integration:webhook").await;
    assert_eq!(
        texts(&entries, "action"),
        ["integration.changed", "integration.created"]
    );
    let hidden = json!({ "secret": "***" });
    assert_eq!((&entries[0]["old"], &entries[0]["new"]), (&hidden, &hidden));
    assert_eq!(entries[1]["new"]["secret"], "***");
    let all = Value::from(entries).to_string();
    assert!(!all.contains("LaLaSw"), "{all}");
}

async fn entries_are_found_by_filters(stack: Stack) {
    let server = Server::start(stack).await;
    server
        .post("/api/projects", &json!({ "name": "Über uns" }))
        .await
        .data(201);
    server.post("/api/alerts/rules", &rule()).await.data(201);
    let found = async |query: &str| {
        let entries = entries(&server, query).await;
        texts(&entries, "action").concat()
    };
    assert_eq!(found("?action=project").await, "project.created");
    assert_eq!(found("?q=%C3%BCBER").await, "project.created");
    assert_eq!(found("?q=errors%20many").await, "rule.created");
    assert_eq!(found("?q=nothing").await, "");
    let newest = entries(&server, "?limit=1").await.remove(0);
    let at = text(&newest["at"]).to_owned();
    assert_eq!(found(&format!("?since={at}")).await, "rule.created");
    assert_eq!(found(&format!("?until={at}&action=rule")).await, "");
    let actor = text(&newest["actor"]).to_owned();
    assert_eq!(
        found(&format!("?actor={actor}")).await,
        "rule.createdproject.created"
    );
    let name = text(&newest["actor_name"]).replace(' ', "%20");
    assert_eq!(
        found(&format!("?actor={name}&action=rule")).await,
        "rule.created"
    );
    for (query, field) in [("?since=soon", "since"), ("?format=xml", "format")] {
        let answer = server.get(&format!("{AUDIT}{query}")).await;
        let refused = answer.refusal(422, "validation_failed");
        assert_eq!(refused["details"][0]["field"], field);
    }
}

async fn the_log_comes_as_a_file(stack: Stack) {
    let server = Server::start(stack).await;
    let names = ["=1+1", "two, and \"three\"", "plain"];
    for (number, name) in names.iter().enumerate() {
        let project = json!({ "name": name, "slug": format!("p{number}") });
        server.post("/api/projects", &project).await.data(201);
    }
    let asked = server
        .request(Method::GET, &format!("{AUDIT}?action=project.created"))
        .header("accept", "text/csv");
    let answer = e2e::Answer::to(asked).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    assert_eq!(answer.header("x-total-count"), "3");
    let whole = answer.text();
    let lines: Vec<&str> = whole.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "at,actor,actor_name,action,target,target_name,old,new,ip_address,request_id"
    );
    assert_eq!(lines.len(), 5, "{whole}");
    assert!(lines[1].contains(",project.created,project:"), "{whole}");
    assert!(lines[1].contains("\"\"name\"\":\"\"plain\"\""), "{whole}");
    assert!(
        whole.contains(",p1,") || whole.contains("\"\"slug\"\":\"\"p1\"\""),
        "{whole}"
    );
    let linked = format!("{AUDIT}?action=project.created&format=csv");
    assert_eq!(server.get(&linked).await.text(), whole);
}

async fn failed_sign_ins_are_written_down_once(stack: Stack) {
    let server = Server::on(Site::new(stack).await.into()).await;
    e2e::people::join(&server, "default", "ada@example.com", "viewer").await;
    for email in ["ada@example.com", "ada@example.com", "nobody@example.com"] {
        let wrong = json!({ "email": email, "password": "not the password" });
        let answer = server.post("/api/v1/auth/login", &wrong).await;
        answer.refusal(401, "invalid_login");
    }
    let query = "?action=user.sign_in_failed";
    for _ in 0..100 {
        if !entries(&server, query).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let entries = entries(&server, query).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["detail"], "ada@example.com");
}
