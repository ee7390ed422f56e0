//! Releases: known from reports, announced, ordered, counted and deployed.

use e2e::people::new_tenant;
use e2e::value::{fresh_id, now, report, text, time_in, time_of};
use e2e::{Answer, Client, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use time::Duration;

on_both_stacks! {
    a_release_is_known_from_its_first_report_on,
    releases_are_announced_and_said_more_of,
    semantic_versions_are_ordered_by_version_and_others_by_time,
    pages_hold_each_release_once,
    figures_are_those_of_stored_occurrences,
    deploys_are_told_and_listed,
    a_version_of_several_projects_needs_its_project,
    any_version_fits_into_a_path,
}

pub const PATH: &str = "/api/releases";

pub async fn announce(server: &Client, body: &Value) -> Answer {
    server.post(PATH, body).await
}

pub async fn report_of(server: &Client, message: &str, release: &str) -> Value {
    let mut report = report(message);
    report["release"] = json!(release);
    server.report(&report).await
}

fn versions(list: &Value) -> Vec<&str> {
    let releases = list["releases"].as_array().unwrap().iter();
    releases.map(|release| text(&release["version"])).collect()
}

pub async fn key(server: &Server, permissions: &[&str], project: Option<&str>) -> Client {
    let body = json!({ "name": "k", "permissions": permissions, "project": project });
    let made = server.post("/api/settings/api-keys", &body).await.data(201);
    server.with_key(text(&made["api_key"]))
}

async fn a_release_is_known_from_its_first_report_on(stack: Stack) {
    let server = Server::start(stack).await;
    let empty = json!({
        "releases": [], "order": "time", "total": 0, "total_capped": false, "next_cursor": null
    });
    assert_eq!(server.data(PATH).await, empty);
    let before = now();
    let mut report = report("m");
    report["release"] = json!("shop@1.4.2");
    report["timestamp"] = json!("2026-01-02T03:04:05Z");
    server.report(&report).await;
    let project = server.data("/api/projects/default").await["id"].clone();
    let list = server.data(PATH).await;
    let release = &list["releases"][0];
    let created = time_of(&release["created_at"]);
    assert!(before <= created && created <= now());
    let expected = json!({
        "version": "shop@1.4.2", "project_id": project, "first_seen": "2026-01-02T03:04:05Z",
        "last_seen": "2026-01-02T03:04:05Z", "released_at": null, "created_at": release["created_at"],
        "ref": null, "url": null, "occurrences": 1, "errors": 1, "new_errors": 1, "regressions": 0,
        "users": 0, "deploys": [],
    });
    assert_eq!(*release, expected);
    assert_eq!(
        (&list["order"], &list["total"]),
        (&json!("semantic"), &json!(1))
    );
    assert_eq!(server.data(&format!("{PATH}/shop@1.4.2")).await, expected);

    // What cannot be a version makes no release, and the report is stored.
    for no_version in ["..", " 1", "a\nb", &"x".repeat(201)] {
        let stored = report_of(&server, "n", no_version).await;
        assert!(stored["id"].is_string());
    }
    server
        .report(&json!({ "message": "m", "source": "s" }))
        .await;
    assert_eq!(server.data(PATH).await["total"], 1);
    let missing = server.get(&format!("{PATH}/1.4.2")).await;
    missing.refusal(404, "release_not_found");
}

async fn releases_are_announced_and_said_more_of(stack: Stack) {
    let server = Server::start(stack).await;
    let made = announce(&server, &json!({ "version": "2.0" }))
        .await
        .data(201);
    let project = server.data("/api/projects/default").await["id"].clone();
    let mut expected = json!({
        "version": "2.0", "project_id": project, "first_seen": null, "last_seen": null,
        "released_at": null, "created_at": made["created_at"], "ref": null, "url": null,
        "occurrences": 0, "errors": 0, "new_errors": 0, "regressions": 0, "users": 0, "deploys": [],
    });
    assert_eq!(made, expected);
    let more = json!({
        "version": "2.0", "project": "default", "ref": "7d8e9fab", "url": "https://ci.example/7",
        "released_at": "2026-11-27T09:00:00+01:00", "unknown": 1,
    });
    expected["ref"] = json!("7d8e9fab");
    expected["url"] = json!("https://ci.example/7");
    expected["released_at"] = json!("2026-11-27T08:00:00Z");
    assert_eq!(announce(&server, &more).await.data(200), expected);
    assert_eq!(
        announce(&server, &json!({ "version": "2.0" }))
            .await
            .data(200),
        expected
    );
    let clear = json!({ "version": "2.0", "url": null, "released_at": null });
    (expected["url"], expected["released_at"]) = (Value::Null, Value::Null);
    assert_eq!(announce(&server, &clear).await.data(200), expected);

    let stored = report_of(&server, "m", "2.0").await;
    assert_eq!(stored["count"], 1);
    let seen = server.data(&format!("{PATH}/2.0")).await;
    for (field, value) in expected.as_object().unwrap() {
        let counted = [
            "first_seen",
            "last_seen",
            "occurrences",
            "errors",
            "new_errors",
        ];
        if !counted.contains(&field.as_str()) {
            assert_eq!(seen[field], *value, "{field}");
        }
    }
    assert_eq!(seen["occurrences"], 1);
}

async fn semantic_versions_are_ordered_by_version_and_others_by_time(stack: Stack) {
    let server = Server::start(stack).await;
    for version in [
        "10.24.0",
        "v10.24.0.1",
        "9.1-rc.2",
        "9.1",
        "10.18.7",
        "99999999999999999999.0",
    ] {
        announce(&server, &json!({ "version": version }))
            .await
            .data(201);
    }
    let list = server.data(PATH).await;
    assert_eq!(list["order"], "semantic");
    let expected = [
        "99999999999999999999.0",
        "v10.24.0.1",
        "10.24.0",
        "10.18.7",
        "9.1",
        "9.1-rc.2",
    ];
    assert_eq!(versions(&list), expected);

    let earlier = time_in(-Duration::HOUR);
    let odd = json!({ "version": "nightly", "released_at": earlier });
    announce(&server, &odd).await.data(201);
    let list = server.data(PATH).await;
    assert_eq!(list["order"], "time");
    let expected = [
        "99999999999999999999.0",
        "10.18.7",
        "9.1",
        "9.1-rc.2",
        "v10.24.0.1",
        "10.24.0",
        "nightly",
    ];
    assert_eq!(versions(&list), expected);

    // Several projects go by time.
    let side = json!({ "name": "Side" });
    server.post("/api/projects", &side).await.data(201);
    for version in ["1.0", "0.9"] {
        let body = json!({ "version": version, "project": "side" });
        announce(&server, &body).await.data(201);
    }
    let list = server.data(PATH).await;
    assert_eq!(list["order"], "time");
    assert_eq!(versions(&list)[..2], ["0.9", "1.0"]);
    let list = server.data(&format!("{PATH}?project=side")).await;
    assert_eq!(list["order"], "semantic");
    assert_eq!(versions(&list), ["1.0", "0.9"]);
}

async fn pages_hold_each_release_once(stack: Stack) {
    let server = Server::start(stack).await;
    server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await
        .data(201);
    for number in 0..7 {
        let version = json!({ "version": format!("1.{number}") });
        announce(&server, &version).await.data(201);
        let version = json!({ "version": format!("odd {number}/ü"), "project": "side" });
        announce(&server, &version).await.data(201);
    }
    for query in ["", "project=default&", "project=side&"] {
        let whole = server.data(&format!("{PATH}?{query}")).await;
        let mut walked = Vec::new();
        let mut next = format!("{PATH}?{query}limit=3");
        loop {
            let page = server.get(&next).await;
            let data = page.data(200);
            walked.extend(data["releases"].as_array().unwrap().clone());
            assert_eq!(data["total"], whole["total"]);
            let Some(cursor) = data["next_cursor"].as_str() else {
                assert_eq!(page.header("link"), "");
                break;
            };
            next = format!("{PATH}?{query}limit=3&cursor={cursor}");
            let link = page.header("link");
            let linked = link.strip_prefix('<').and_then(|rest| rest.split_once('>'));
            let linked = server.data(linked.unwrap().0).await;
            assert_eq!(linked, server.data(&next).await);
        }
        assert_eq!(json!(walked), whole["releases"]);
    }
    let page = server.data(&format!("{PATH}?limit=1")).await;
    let cursor = text(&page["next_cursor"]);
    for query in [
        format!("cursor={cursor}&project=side"),
        "cursor=nonsense".to_owned(),
        "limit=0".to_owned(),
        "limit=101".to_owned(),
    ] {
        let refused = server.get(&format!("{PATH}?{query}")).await;
        refused.refusal(400, "invalid_input");
    }
    let nowhere = server.get(&format!("{PATH}?project={}", fresh_id())).await;
    nowhere.refusal(404, "project_not_found");
}

async fn figures_are_those_of_stored_occurrences(stack: Stack) {
    let server = Server::start(stack).await;
    let of = async |message: &str, release: &str, user: Value| {
        let mut report = report(message);
        report["release"] = json!(release);
        report["user"] = user;
        server.report(&report).await
    };
    let (ada, bob) = (json!({ "id": 1 }), json!({ "id": "2" }));
    let disk = of("Disk full", "1.0", ada.clone()).await;
    of("Disk full", "1.0", bob.clone()).await;
    of("Disk full", "2.0", bob.clone()).await;
    let host = of("No route to host", "2.0", Value::Null).await;
    assert_ne!(disk["id"], host["id"]);
    let figures = async |version: &str| {
        let release = server.data(&format!("{PATH}/{version}")).await;
        let fields = ["occurrences", "errors", "new_errors", "users"];
        fields.map(|field| release[field].as_u64().unwrap())
    };
    assert_eq!(figures("1.0").await, [2, 1, 1, 2]);
    assert_eq!(figures("2.0").await, [2, 2, 1, 1]);
    let one = format!("/api/errors/{}", text(&disk["id"]));
    server.delete(&one).await.is_empty_204();
    assert_eq!(figures("1.0").await, [0; 4]);
    assert_eq!(figures("2.0").await, [1, 1, 1, 0]);
    let gone = server.data(&format!("{PATH}/1.0")).await;
    assert_eq!(
        (&gone["first_seen"], &gone["last_seen"]),
        (&Value::Null, &Value::Null)
    );
}

async fn deploys_are_told_and_listed(stack: Stack) {
    let server = Server::start(stack).await;
    announce(&server, &json!({ "version": "1.0" }))
        .await
        .data(201);
    let path = format!("{PATH}/1.0/deploys");
    let before = now();
    let first = server
        .post(&path, &json!({ "environment": "staging" }))
        .await;
    let first = first.data(201);
    assert_eq!(
        (&first["environment"], &first["url"]),
        (&json!("staging"), &Value::Null)
    );
    let at = time_of(&first["at"]);
    assert!(before <= at && at <= now());
    let full = json!({
        "environment": "production", "at": "2026-01-01T00:00:00Z", "url": "http://ci.example/1"
    });
    let second = server.post(&path, &full).await.data(201);
    let third = server.post(&path, &full).await.data(201);
    assert_ne!(second["id"], third["id"], "told again, it was so again");
    assert_eq!(second["at"], full["at"]);
    let release = server.data(&format!("{PATH}/1.0")).await;
    assert_eq!(release["deploys"], json!([first, third, second]));
    assert_eq!(server.data(PATH).await["releases"][0], release);

    for (body, field) in [
        (json!({}), "environment"),
        (json!({ "environment": " " }), "environment"),
        (json!({ "environment": 1 }), "environment"),
        (json!({ "environment": "e", "at": "yesterday" }), "at"),
        (json!({ "environment": "e", "url": "ftp://x" }), "url"),
    ] {
        let refused = server.post(&path, &body).await;
        refused.refusal(400, "invalid_input");
        refused.names_field(field);
    }
    let nowhere = server.post(&format!("{PATH}/2.0/deploys"), &full).await;
    nowhere.refusal(404, "release_not_found");
    let known = server.data(&format!("{PATH}/1.0")).await;
    assert_eq!(known["deploys"].as_array().unwrap().len(), 3);
}

async fn a_version_of_several_projects_needs_its_project(stack: Stack) {
    let server = Server::start(stack).await;
    let side = server
        .post("/api/projects", &json!({ "name": "Side" }))
        .await;
    let side = side.data(201);
    let one = json!({ "version": "1.0", "project": "default", "ref": "a" });
    announce(&server, &one).await.data(201);
    assert_eq!(server.data(&format!("{PATH}/1.0")).await["ref"], "a");
    let other = json!({ "version": "1.0", "project": side["id"], "ref": "b" });
    announce(&server, &other).await.data(201);
    let environment = json!({ "environment": "e" });
    for refused in [
        server.get(&format!("{PATH}/1.0")).await,
        server
            .post(&format!("{PATH}/1.0/deploys"), &environment)
            .await,
    ] {
        refused.refusal(400, "invalid_input");
        refused.names_field("project");
    }
    for (project, built_of) in [("default", "a"), ("side", "b"), (text(&side["id"]), "b")] {
        let path = format!("{PATH}/1.0?project={project}");
        assert_eq!(server.data(&path).await["ref"], built_of);
        let path = format!("{PATH}/1.0/deploys?project={project}");
        server.post(&path, &environment).await.data(201);
    }
    let deploys = async |project: &str| {
        let release = server.data(&format!("{PATH}/1.0?project={project}")).await;
        release["deploys"].as_array().unwrap().len()
    };
    assert_eq!((deploys("default").await, deploys("side").await), (1, 2));

    // A key of one project knows its own.
    let bound = key(&server, &["write"], Some("side")).await;
    assert_eq!(bound.data(&format!("{PATH}/1.0")).await["ref"], "b");
    assert_eq!(bound.data(PATH).await["total"], 1);
    let own = announce(&bound, &json!({ "version": "2.0" }))
        .await
        .data(201);
    assert_eq!(own["project_id"], side["id"]);
    let foreign = json!({ "version": "2.0", "project": "default" });
    announce(&bound, &foreign)
        .await
        .refusal(404, "project_not_found");
    new_tenant(&server, "other").await;
    let stranger = e2e::people::new_program(&server, "other", "owner").await;
    let refused = stranger.get(&format!("{PATH}/2.0")).await;
    refused.refusal(404, "release_not_found");
    assert_eq!(stranger.data(PATH).await["total"], 0);
}

async fn any_version_fits_into_a_path(stack: Stack) {
    let server = Server::start(stack).await;
    for version in [
        "@scope/shop@1.0+b.7",
        "a b%2F?&#c",
        "ü☃",
        "...",
        "1+1",
        "%41",
    ] {
        let made = announce(&server, &json!({ "version": version }))
            .await
            .data(201);
        let encoded: String = version.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(
            server.data(&format!("{PATH}/{encoded}")).await,
            made,
            "{version}"
        );
        let path = format!("{PATH}/{encoded}/deploys");
        let deploy = server.post(&path, &json!({ "environment": "e" })).await;
        deploy.data(201);
    }
    assert_eq!(server.data(&format!("{PATH}/1+1")).await["version"], "1+1");
    for no_version in ["%20", "a%0Ab", &"x".repeat(201)] {
        let refused = server.get(&format!("{PATH}/{no_version}")).await;
        refused.refusal(404, "release_not_found");
    }
}
