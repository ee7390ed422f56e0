//! Projects: made, changed, deleted.

use e2e::value::{report, text};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks! {
    projects_are_made_changed_and_deleted,
}

async fn projects_are_made_changed_and_deleted(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({ "name": "My Shop", "platform": "javascript", "retention_days": 30 });
    let made = server.post("/api/projects", &body).await.data(201);
    assert_eq!(
        (&made["slug"], &made["retention_days"]),
        (&json!("my-shop"), &json!(30))
    );
    assert_eq!(text(&made["public_key"]).len(), 32);
    let mut reported = report("m");
    reported["project"] = json!("my-shop");
    let error = server.report(&reported).await;
    assert_eq!(error["project_id"], made["id"]);
    let path = format!("/api/projects/{}", text(&made["id"]));
    let change = json!({ "slug": "shop", "retention_days": null });
    let changed = server.change(&path, &change).await.data(200);
    assert_eq!(
        (&changed["slug"], &changed["retention_days"]),
        (&json!("shop"), &Value::Null)
    );
    assert_eq!(
        (&changed["name"], &changed["platform"]),
        (&made["name"], &made["platform"])
    );
    assert_eq!(server.data("/api/projects/shop").await, changed);
    server
        .post("/api/projects", &json!({ "name": "x", "slug": "shop" }))
        .await
        .refusal(409, "project_slug_exists");
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "x", "slug": "No Slug" }), "slug"),
        (
            json!({ "name": "x", "retention_days": 0 }),
            "retention_days",
        ),
    ] {
        server.post("/api/projects", &body).await.names_field(field);
    }
    server.delete(&path).await.is_empty_204();
    server.get(&path).await.refusal(404, "project_not_found");
    let gone = format!("/api/errors/{}", text(&error["id"]));
    server.get(&gone).await.refusal(404, "error_not_found");
    assert_eq!(server.data("/api/errors").await["total"], 0);
    server
        .delete("/api/projects/default")
        .await
        .refusal(400, "default_project");
}
