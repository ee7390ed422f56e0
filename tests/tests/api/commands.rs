//! Subcommands, settings and the announcement of the start.

use e2e::value::{now, report, text};
use e2e::{Server, Site, Stack, on_both_stacks};
use faultbook_contract::builder::{a_batch, an_occurrence};
use faultbook_domain::errors::Occurrence;
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::system::SystemIds;
use serde_json::Value;
use std::fs;
use std::process::Output;
use std::sync::Arc;

on_both_stacks! {
    the_printed_curl_line_reports_a_first_error,
    the_start_says_where_and_on_what,
    the_effective_settings_hide_secrets,
    every_wrong_setting_is_listed_and_stops_the_start,
    settings_come_from_files_too,
    a_migration_may_be_repeated,
    the_health_of_a_server_can_be_asked,
    users_are_made,
    what_is_past_its_time_is_told_and_removed,
    the_document_is_printed,
    a_taken_port_is_explained,
    nobody_need_read_the_announcement,
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

async fn the_printed_curl_line_reports_a_first_error(stack: Stack) {
    let mut server = Server::start(stack).await;
    let mut script = Vec::new();
    for part in ["curl -X POST", "-H '", "-d '"] {
        script.push(server.announced(part));
    }
    let script = script.join("\n");
    let command = format!("curl() {{ command curl --silent --show-error \"$@\"; }}\n{script}");
    let output = tokio::task::spawn_blocking(move || {
        std::process::Command::new("sh")
            .args(["-c", &command])
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    assert!(
        output.status.success(),
        "curl (Debian package curl): {}\n{script}",
        said(&output)
    );
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&body["status"], &body["data"]["count"]),
        (&"success".into(), &1.into()),
        "{script}"
    );
    assert_eq!(server.data("/api/errors").await["total"], 1);
}

async fn the_start_says_where_and_on_what(stack: Stack) {
    let mut server = Server::start(stack).await;
    let version = server.site.output_of(&["--version"]).await;
    let number = version.trim().rsplit(' ').next().unwrap();
    let listens = server.announced("listens on");
    assert_eq!(
        listens,
        format!("Faultbook {number} listens on {}", server.base())
    );
    let (store, cache) = (server.announced("store"), server.announced("cache"));
    match stack {
        Stack::Sqlite => {
            assert!(store.contains("SQLite at data/faultbook.db"), "{store}");
            assert!(cache.contains("in process"), "{cache}");
        }
        Stack::PostgresRedis => {
            assert!(store.contains("PostgreSQL at postgres://"), "{store}");
            assert!(cache.contains("Redis at redis://"), "{cache}");
        }
    }
}

async fn the_effective_settings_hide_secrets(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set(
            "DATABASE_URL",
            "postgres://me:hunter2@db.example:5432/errors?sslmode=require",
        )
        .set("REDIS_URL", "redis://:hunter2@cache.example:6379/1")
        .set("FAULTBOOK__METRICS__TOKEN", "hunter2")
        .set(
            "FAULTBOOK__TENANTS__PROVISION_URL",
            "https://hooks.example/hunter2",
        )
        .set("FAULTBOOK__TENANTS__PROVISION_SECRET", "whsec_hunter2")
        .set("FAULTBOOK__NOTIFICATIONS__SECRET_KEY", "hunter2")
        .set("FAULTBOOK__LIMITS__MAX_BODY", "2MiB");
    let shown = site.output_of(&["config"]).await;
    assert!(
        !shown.contains("hunter2") && shown.contains("***"),
        "{shown}"
    );
    for expected in [
        "db.example",
        "sslmode=require",
        "cache.example",
        "hooks.example",
        "max_body = \"2MiB\"",
        "environment = \"development\"",
    ] {
        assert!(
            shown.contains(expected),
            "{expected} is missing from {shown}"
        );
    }
    let defaults = site.output_of(&["config", "--defaults"]).await;
    assert!(
        defaults.contains("sqlite://data/faultbook.db") && defaults.contains("# "),
        "{defaults}"
    );
}

async fn every_wrong_setting_is_listed_and_stops_the_start(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__HTTP__TRUSTED_PROXYS", "[]")
        .set("FAULTBOOK__CACHE__LISTS", "soon")
        .set("FAULTBOOK__NO__SUCH", "hunter2")
        .set("FAULTBOOK__LIMITS__MAX_BODY", "-1")
        .set("PORT", "eighty")
        .set("ENVIRONMENT", "prodcution");
    for arguments in [
        &[][..],
        &["serve"],
        &["migrate"],
        &["config"],
        &["healthcheck"],
    ] {
        let output = site.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        let said = said(&output);
        for expected in [
            "http.trusted_proxys",
            "cache.lists",
            "no.such",
            "limits.max_body",
            "server.port",
            "environment",
        ] {
            assert!(
                said.contains(expected),
                "{arguments:?}: {expected} is missing from\n{said}"
            );
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert!(
        !site.directory().join("data").exists(),
        "something was started"
    );
}

async fn settings_come_from_files_too(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__LIMITS__MAX_BATCH_ITEMS", "3");
    let folder = site.directory().join("config");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("development.toml"),
        "[limits]\nmax_batch_items = 1\nmax_body = \"2KiB\"\n",
    )
    .unwrap();
    fs::write(folder.join("local.toml"), "[limits]\nmax_body = \"1KiB\"\n").unwrap();
    let server = site.start().await;
    let items = |count: usize| Value::from(vec![report("m"); count]);
    server.post("/api/errors/batch", &items(3)).await.data(201);
    server
        .post("/api/errors/batch", &items(4))
        .await
        .refusal(400, "invalid_input");
    server
        .post("/api/errors", &report(&"m".repeat(900)))
        .await
        .data(201);
    let large = report(&"m".repeat(1_100));
    server
        .post("/api/errors", &large)
        .await
        .refusal(413, "payload_too_large");

    fs::write(folder.join("local.toml"), "[limits]\nmax_bodie = 1\n").unwrap();
    let output = server.site.run(&["config"]).await;
    assert!(
        !output.status.success() && said(&output).contains("limits.max_bodie"),
        "{output:?}"
    );
    fs::write(folder.join("local.toml"), "this is no toml").unwrap();
    assert!(!server.site.run(&["config"]).await.status.success());
}

async fn a_migration_may_be_repeated(stack: Stack) {
    let site = Site::new(stack).await;
    for _ in 0..2 {
        let said = site.output_of(&["migrate"]).await;
        assert!(said.contains("up to date"), "{said}");
    }
    let server = site.start().await;
    server.report(&report("m")).await;
    server.site.output_of(&["migrate"]).await;
    assert_eq!(server.data("/api/errors").await["total"], 1);
}

async fn the_health_of_a_server_can_be_asked(stack: Stack) {
    let mut server = Server::start(stack).await;
    let (_, port) = server.base().rsplit_once(':').unwrap();
    let port = port.to_owned();
    let ask = |server: &Server| {
        let mut command = server.site.command(&["healthcheck"]);
        command.env("PORT", &port);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let output = ask(&server).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(server.stop().success());
    let output = ask(&server).await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains(&port), "{}", said(&output));
}

async fn users_are_made(stack: Stack) {
    let site = Site::new(stack).await;
    let create = async |email: &str, password: &str| {
        let arguments = ["user", "create", "--email", email, "--platform-admin"];
        site.run_with_input(&arguments, password).await
    };
    let output = create("Ada@Example.com", "correct horse battery\n").await;
    assert!(
        output.status.success() && said(&output).contains("ada@example.com"),
        "{}",
        said(&output)
    );
    assert!(!said(&output).contains("horse"), "{}", said(&output));

    for (email, password, why) in [
        ("ada@example.com", "correct horse battery", "already"),
        ("no-address", "correct horse battery", "no-address"),
        ("@example.com", "correct horse battery", "@example.com"),
        ("bob@example.com", "short", "8 characters"),
        ("bob@example.com", "", "8 characters"),
    ] {
        let output = create(email, password).await;
        assert!(!output.status.success(), "{email}: {}", said(&output));
        assert!(said(&output).contains(why), "{email}: {}", said(&output));
    }
}

async fn what_is_past_its_time_is_told_and_removed(stack: Stack) {
    let server = Site::new(stack)
        .await
        .set("FAULTBOOK__RETENTION__OCCURRENCE_DAYS", "9")
        .start()
        .await;
    let young = server.report(&report("young")).await;
    let received_at = now() - time::Duration::days(10);
    let old = |_| {
        let one = an_occurrence(text(&young["project_id"]).parse().unwrap()).build();
        let id = SystemIds::default().next_id(received_at);
        Arc::new(Occurrence {
            id: OccurrenceId(id),
            event_id: id,
            timestamp: received_at,
            received_at,
            ..Occurrence::clone(&one)
        })
    };
    let batch = a_batch((0..3).map(old).collect());
    let recorded = server
        .site
        .stores()
        .await
        .events
        .record(&batch)
        .await
        .unwrap();
    let error = recorded[0].error.id;
    let occurrences = async |again: &str| {
        // Another limit each time, since nobody tells the cache of what is past its time.
        let path = format!("/api/errors/{error}/occurrences?limit={again}");
        server.data(&path).await["occurrences"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(occurrences("10").await, 3);
    let told = server.site.output_of(&["retention", "--dry-run"]).await;
    assert!(
        told.contains("3 occurrences and 0 hourly counts would go"),
        "{told}"
    );
    assert!(told.contains("default"), "{told}");
    assert_eq!(occurrences("11").await, 3);
    let told = server.site.output_of(&["retention"]).await;
    assert!(
        told.contains("3 occurrences and 0 hourly counts went"),
        "{told}"
    );
    assert_eq!(occurrences("12").await, 0);
    assert_eq!(
        server.data(&format!("/api/errors/{error}")).await["count"],
        3
    );
    let young = format!("/api/errors/{}/occurrences", text(&young["id"]));
    assert_eq!(server.data(&young).await["total"], 1);
    let told = server.site.output_of(&["retention", "--dry-run"]).await;
    assert!(
        told.contains("0 occurrences and 0 hourly counts would go"),
        "{told}"
    );
}

async fn the_document_is_printed(stack: Stack) {
    let server = Server::start(stack).await;
    let printed = server.site.output_of(&["openapi"]).await;
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed, server.get("/openapi.json").await.json());
}

async fn a_taken_port_is_explained(stack: Stack) {
    let server = Server::start(stack).await;
    let (_, port) = server.base().rsplit_once(':').unwrap();
    let mut command = server.site.command(&[]);
    command.env("PORT", port);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert!(!output.status.success());
    let said = said(&output);
    assert!(
        said.contains(port) && said.contains("another server"),
        "{said}"
    );
}

async fn nobody_need_read_the_announcement(stack: Stack) {
    let site = Arc::new(Site::new(stack).await);
    let mut command = site.command(&[]);
    command.env("PORT", "0").stdin(std::process::Stdio::null());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = command
        .stdout(writer)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ended.is_none(), "it ended: {ended:?}");
}
