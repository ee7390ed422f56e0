//! What people set for themselves.

use e2e::people::{join, log_in, new_program};
use e2e::{Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/api/v1/auth/profile";

on_both_stacks! {
    a_profile_has_defaults_and_keeps_what_is_set,
    bad_values_are_named,
    programs_have_no_profile,
}

async fn a_profile_has_defaults_and_keeps_what_is_set(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    let usual = json!({
        "name": "Somebody", "email": "ada@example.com", "time_zone": "UTC", "theme": "system",
        "shortcuts": true, "notifications": { "assigned": true, "mentioned": true, "followed": true },
    });
    assert_eq!(ada.data(PATH).await, usual);
    let change = json!({
        "name": "Ada L.", "email": "other@example.com", "time_zone": "europe/berlin", "theme": "dark",
        "shortcuts": false, "notifications": { "mentioned": false },
    });
    let changed = ada.call(Method::PUT, PATH, Some(&change)).await.data(200);
    let expected = json!({
        "name": "Ada L.", "email": "ada@example.com", "time_zone": "Europe/Berlin", "theme": "dark",
        "shortcuts": false, "notifications": { "assigned": true, "mentioned": false, "followed": true },
    });
    assert_eq!(changed, expected);
    let more = json!({ "notifications": { "followed": false }, "theme": null });
    let changed = ada.call(Method::PUT, PATH, Some(&more)).await.data(200);
    let mails = json!({ "assigned": true, "mentioned": false, "followed": false });
    assert_eq!(changed["notifications"], mails);
    assert_eq!(
        (&changed["theme"], &changed["name"]),
        (&json!("dark"), &json!("Ada L."))
    );
    assert_eq!(ada.data(PATH).await, changed);
    let team = server.data("/api/v1/tenants/default/members").await;
    assert_eq!(team["members"][0]["name"], "Ada L.");
}

async fn bad_values_are_named(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    for (change, status, field) in [
        (json!({ "name": " " }), 422, "name"),
        (json!({ "name": "x".repeat(201) }), 422, "name"),
        (json!({ "time_zone": "Mars/Olympus" }), 422, "time_zone"),
        (json!({ "theme": "pink" }), 422, "theme"),
        (json!({ "shortcuts": "yes" }), 400, "shortcuts"),
        (json!({ "notifications": [] }), 400, "notifications"),
        (
            json!({ "notifications": { "assigned": 1 } }),
            400,
            "notifications.assigned",
        ),
    ] {
        let answer = ada.call(Method::PUT, PATH, Some(&change)).await;
        let code = if status == 422 {
            "validation_failed"
        } else {
            "invalid_input"
        };
        let refused = answer.refusal(status, code);
        assert_eq!(refused["details"][0]["field"], field, "{refused}");
    }
    assert_eq!(ada.data(PATH).await["theme"], "system");
}

async fn programs_have_no_profile(stack: Stack) {
    let server = Server::start(stack).await;
    let program = new_program(&server, "default", "owner").await;
    for client in [&*server, &program] {
        client.get(PATH).await.refusal(403, "permission_denied");
        let answer = client.change(PATH, &json!({ "theme": "dark" })).await;
        answer.refusal(403, "permission_denied");
    }
}
