//! Nothing of one tenant or project is visible to another.

use e2e::site::Stores;
use e2e::value::{fresh_id, now, report, text, texts};
use e2e::{Answer, Client, Server, Stack, on_both_stacks};
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::tenancy::{Project, Tenant};
use reqwest::Method;
use serde_json::json;

on_both_stacks! {
    a_foreign_error_does_not_exist,
    tenants_neither_share_groups_nor_counts,
    projects_of_a_tenant_are_apart_and_can_be_listed_alone,
    a_suspended_tenant_is_locked_out,
}

fn project(tenant_id: TenantId, slug: &str) -> Project {
    Project {
        id: ProjectId(fresh_id()),
        tenant_id,
        number: 0,
        slug: slug.parse().unwrap(),
        name: slug.to_owned(),
        platform: None,
        first_key: fresh_id().simple().to_string(),
        retention_days: None,
        counts_retention_days: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// A client of another tenant.
pub async fn stranger(server: &Server) -> Client {
    tenant(server, false).await
}

async fn tenant(server: &Server, suspended: bool) -> Client {
    let Stores { tenants, .. } = server.site.stores().await;
    let id = TenantId(fresh_id());
    let tenant = Tenant {
        id,
        slug: "stranger".parse().unwrap(),
        name: "Stranger".to_owned(),
        suspended,
        created_at: now(),
    };
    tenants
        .create_tenant(&tenant, &project(id, "default"), None)
        .await
        .unwrap();
    let arguments = ["--tenant", "stranger", "--permissions", "admin"];
    server.with_key(&server.site.create_key(&arguments).await)
}

async fn a_foreign_error_does_not_exist(stack: Stack) {
    let server = Server::start(stack).await;
    let ours = server.report(&report("ours")).await;
    let stranger = stranger(&server).await;
    let path = format!("/api/errors/{}", text(&ours["id"]));
    for (method, rest) in [
        (Method::GET, ""),
        (Method::GET, "/occurrences"),
        (Method::GET, "/grouping"),
        (Method::PUT, "/resolve"),
        (Method::PUT, "/unresolve"),
        (Method::DELETE, ""),
    ] {
        let request = stranger.request(method, &format!("{path}{rest}"));
        Answer::to(request).await.refusal(404, "error_not_found");
    }
    for action in ["resolve", "delete"] {
        let body = json!({ "ids": [ours["id"]], "action": action });
        let done = stranger.post("/api/errors/bulk", &body).await.data(200);
        assert_eq!(
            (&done["affected"], &done["not_found"]),
            (&json!(0), &json!([ours["id"]]))
        );
    }
    let project = text(&ours["project_id"]);
    let body = json!({ "message": "m", "source": "s", "project": project });
    stranger
        .post("/api/errors", &body)
        .await
        .refusal(404, "project_not_found");
    stranger
        .get(&format!("/api/errors?project={project}"))
        .await
        .refusal(404, "project_not_found");
    assert_eq!(server.as_reported(text(&ours["id"])).await, ours);
}

async fn tenants_neither_share_groups_nor_counts(stack: Stack) {
    let server = Server::start(stack).await;
    let stranger = stranger(&server).await;
    let mut body = report("the same in both");
    body["event_id"] = json!(fresh_id());
    let ours = server.report(&body).await;
    let theirs = stranger.report(&body).await;
    assert_ne!(ours["id"], theirs["id"]);
    assert_eq!((&ours["count"], &theirs["count"]), (&json!(1), &json!(1)));
    for (client, error) in [(&*server, &ours), (&stranger, &theirs)] {
        for query in ["", "?q=same", "?source=backend", "?project=default"] {
            // Twice: the second comes out of the cache.
            for _ in 0..2 {
                let listed = client.errors(query).await;
                assert_eq!(texts(&listed, "id"), [text(&error["id"])], "{query}");
            }
        }
    }
    let cursor = stranger.data("/api/errors?limit=1").await;
    assert_eq!(
        (&cursor["total"], cursor["next_cursor"].is_null()),
        (&json!(1), true)
    );
}

async fn projects_of_a_tenant_are_apart_and_can_be_listed_alone(stack: Stack) {
    let server = Server::start(stack).await;
    let Stores {
        tenants, projects, ..
    } = server.site.stores().await;
    let tenant = tenants
        .find_tenant(&"default".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let shop = projects
        .create_project(&project(tenant.id, "shop"))
        .await
        .unwrap();
    // A fresh key, because a server may trust what it knows about a key for a few seconds.
    let client = server.with_key(&server.site.create_key(&["--permissions", "admin"]).await);

    let plain = client.report(&report("the same in both")).await;
    let mut body = report("the same in both");
    body["project"] = json!("shop");
    let in_shop = client.report(&body).await;
    assert_ne!(plain["id"], in_shop["id"]);
    assert_eq!(
        (&in_shop["count"], &in_shop["project_id"]),
        (&json!(1), &json!(shop.id.0))
    );
    body["project"] = json!(shop.id.0);
    assert_eq!(client.report(&body).await["count"], 2);

    assert_eq!(client.data("/api/errors").await["total"], 2);
    for (query, error) in [
        ("?project=shop".to_owned(), &in_shop),
        (format!("?project={}", shop.id.0), &in_shop),
        ("?project=default".to_owned(), &plain),
    ] {
        assert_eq!(
            texts(&client.errors(&query).await, "id"),
            [text(&error["id"])],
            "{query}"
        );
    }
}

async fn a_suspended_tenant_is_locked_out(stack: Stack) {
    let server = Server::start(stack).await;
    let client = tenant(&server, true).await;
    let id = fresh_id();
    for (method, path) in [
        (Method::GET, "/api/errors".to_owned()),
        (Method::POST, "/api/errors".to_owned()),
        (Method::POST, "/api/errors/batch".to_owned()),
        (Method::DELETE, format!("/api/errors/{id}")),
        (Method::PUT, format!("/api/errors/{id}/resolve")),
    ] {
        let request = client
            .request(method, &path)
            .header("Content-Type", "application/json");
        let answer = Answer::to(request.body(report("m").to_string())).await;
        let refused = answer.refusal(403, "tenant_suspended");
        assert_eq!(refused["error"], "Tenant is suspended");
    }
}
