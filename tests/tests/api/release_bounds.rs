//! What may be announced of releases, by whom, and how much.

use crate::releases::{PATH, announce, key, report_of};
use e2e::value::text;
use e2e::{Server, Site, Stack, on_both_stacks};
use serde_json::json;

on_both_stacks! {
    what_cannot_be_announced_is_said,
    announcing_takes_one_of_two_permissions,
    a_project_has_no_more_releases_than_it_may,
    announcements_are_audited,
}

async fn what_cannot_be_announced_is_said(stack: Stack) {
    let server = Server::start(stack).await;
    let long = "x".repeat(201);
    for version in ["", " 1", "1 ", "a\u{7}b", ".", "..", &long] {
        let refused = announce(&server, &json!({ "version": version })).await;
        refused.refusal(400, "invalid_input");
        refused.names_field("version");
    }
    let url = format!("https://x.example/{}", "x".repeat(2_000));
    for (body, field) in [
        (json!({}), "version"),
        (json!({ "version": null }), "version"),
        (json!({ "version": 1 }), "version"),
        (json!({ "version": "1", "project": 1 }), "project"),
        (json!({ "version": "1", "ref": 1 }), "ref"),
        (json!({ "version": "1", "ref": " " }), "ref"),
        (json!({ "version": "1", "ref": long }), "ref"),
        (
            json!({ "version": "1", "url": "javascript:alert(1)" }),
            "url",
        ),
        (json!({ "version": "1", "url": "shop.example" }), "url"),
        (
            json!({ "version": "1", "url": "https://x.example/\n" }),
            "url",
        ),
        (json!({ "version": "1", "url": url }), "url"),
        (
            json!({ "version": "1", "released_at": "now" }),
            "released_at",
        ),
    ] {
        let refused = announce(&server, &body).await;
        refused.refusal(400, "invalid_input");
        refused.names_field(field);
    }
    let nowhere = json!({ "version": "1", "project": "nowhere" });
    announce(&server, &nowhere)
        .await
        .refusal(404, "project_not_found");
    assert_eq!(server.data(PATH).await["total"], 0);
}

async fn announcing_takes_one_of_two_permissions(stack: Stack) {
    let server = Server::start(stack).await;
    report_of(&server, "m", "1.0").await;
    let one = format!("{PATH}/1.0");
    let deploy = json!({ "environment": "e" });
    for (permission, may) in [
        ("errors:read", false),
        ("errors:resolve", false),
        ("errors:write", true),
        ("artifacts:write", true),
    ] {
        let key = key(&server, &[permission], None).await;
        let announced = announce(&key, &json!({ "version": "1.0" })).await;
        let deployed = key.post(&format!("{one}/deploys"), &deploy).await;
        if may {
            // Who may not read errors learns nothing of them.
            let shown = announced.data(200);
            for field in ["first_seen", "last_seen", "occurrences", "errors", "users"] {
                assert!(shown.get(field).is_none(), "{field}");
            }
            deployed.data(201);
            key.get(PATH).await.refusal(403, "permission_denied");
            key.get(&one).await.refusal(403, "permission_denied");
            key.get("/api/errors")
                .await
                .refusal(403, "permission_denied");
        } else {
            announced.refusal(403, "permission_denied");
            deployed.refusal(403, "permission_denied");
        }
    }
    for (role, may) in [
        ("owner", true),
        ("admin", true),
        ("developer", true),
        ("viewer", false),
    ] {
        let program = e2e::people::new_program(&server, "default", role).await;
        let announced = announce(&program, &json!({ "version": "1.0" })).await;
        assert_eq!(announced.status, if may { 200 } else { 403 }, "{role}");
        assert_eq!(program.data(&one).await["occurrences"], 1);
    }
}

async fn a_project_has_no_more_releases_than_it_may(stack: Stack) {
    let site = Site::new(stack).await;
    let site = site.set("FAULTBOOK__LIMITS__MAX_RELEASES", "2");
    let server = site.start().await;
    report_of(&server, "m", "1").await;
    announce(&server, &json!({ "version": "2" }))
        .await
        .data(201);
    let refused = announce(&server, &json!({ "version": "3" })).await;
    let refused = refused.refusal(400, "invalid_input");
    assert!(
        text(&refused["error"]).contains("at most 2 releases"),
        "{refused}"
    );
    assert_eq!(report_of(&server, "m", "3").await["count"], 2);
    announce(&server, &json!({ "version": "1" }))
        .await
        .data(200);
    assert_eq!(server.data(PATH).await["total"], 2);
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    let elsewhere = json!({ "version": "3", "project": "side" });
    announce(&server, &elsewhere).await.data(201);
}

async fn announcements_are_audited(stack: Stack) {
    let server = Server::start(stack).await;
    announce(&server, &json!({ "version": "1.0" }))
        .await
        .data(201);
    let deploy = json!({ "environment": "staging" });
    server
        .post(&format!("{PATH}/1.0/deploys"), &deploy)
        .await
        .data(201);
    announce(&server, &json!({ "version": ".." }))
        .await
        .refusal(400, "invalid_input");
    let audit = server.data("/api/v1/tenants/default/audit").await;
    let entries = audit["entries"].as_array().unwrap().iter();
    let told: Vec<(&str, &str)> = entries
        .map(|entry| (text(&entry["action"]), text(&entry["detail"])))
        .filter(|(action, _)| action.contains(PATH))
        .collect();
    let expected = [
        ("POST /api/releases/{version}/deploys", "staging"),
        ("POST /api/releases", "1.0"),
    ];
    assert_eq!(told, expected);
}
