//! Source maps: what unmodified build tools upload makes what unmodified SDKs report readable.

use e2e::build_tools::printed;
use e2e::value::text;
use e2e::{SentryCli, Server, Stack, Workshop, on_both_stacks, sentry};
use serde_json::{Value, json};
use std::time::Duration;

on_both_stacks! {
    a_page_is_readable_by_debug_id,
    a_script_of_node_is_readable,
    older_tools_upload_by_release,
    two_builds_are_one_error_and_two_bugs_are_two,
    what_was_uploaded_is_not_stored_twice,
    nothing_is_readable_with_foreign_maps,
    a_plugin_of_esbuild_uploads,
    a_plugin_of_vite_uploads,
    maps_that_come_late_are_applied,
    an_error_that_a_late_map_makes_the_same_is_merged,
    events_of_other_platforms_have_no_symbolication,
}

/// The project's DSN.
async fn dsn(server: &Server) -> String {
    let projects = server.data("/api/projects").await;
    text(&projects["projects"][0]["dsn"]).to_owned()
}

/// A workshop with the token of a key that may upload and nothing else.
async fn workshop(server: &Server) -> Workshop {
    let body = json!({ "name": "ci", "permissions": ["artifacts:write"] });
    let made = server.post("/api/settings/api-keys", &body).await.data(201);
    Workshop::new(server.base(), text(&made["api_key"])).await
}

/// The errors whose message holds a text, whole; waits until there are so many.
async fn errors_about(server: &Server, words: &str, count: usize) -> Vec<Value> {
    for _ in 0..50 {
        let errors = server.errors("").await;
        let about: Vec<&Value> = errors
            .iter()
            .filter(|error| text(&error["message"]).contains(words))
            .collect();
        if about.len() >= count {
            let mut whole = Vec::new();
            for error in about {
                whole.push(
                    server
                        .data(&format!("/api/errors/{}", text(&error["id"])))
                        .await,
                );
            }
            return whole;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{words} did not come")
}

async fn error_about(server: &Server, words: &str) -> Value {
    let mut found = errors_about(server, words, 1).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

/// The innermost frames of an error that are of scripts: function, file, line.
fn places(error: &Value, count: usize) -> Vec<(String, String, u64)> {
    let frames = error["exceptions"][0]["frames"].as_array().unwrap();
    let of_scripts = frames
        .iter()
        .filter(|frame| frame.get("symbolication").is_some());
    let places = of_scripts.take(count).map(|frame| {
        (
            text(&frame["function"]).to_owned(),
            text(&frame["file"]).to_owned(),
            frame["line"].as_u64().unwrap(),
        )
    });
    places.collect()
}

#[track_caller]
fn is_readable(error: &Value) {
    let place = |function: &str, file: &str, line| (function.to_owned(), file.to_owned(), line);
    let found = places(error, 4);
    let expected = [
        place("priceOf", "src/cart.js", 16),
        place("?", "src/cart.js", 10),
        place("Cart.total", "src/cart.js", 10),
        place("checkout", "src/checkout.js", 12),
    ];
    // What calls back has no name of its own: it is called by the name at its caller's call.
    for (found, expected) in found.iter().zip(&expected) {
        let same_name = found.0.ends_with(&expected.0) || expected.0 == "?";
        assert!(
            same_name && found.1.ends_with(&expected.1) && found.2 == expected.2,
            "{found:?} {expected:?} {error:#}"
        );
    }
    let frame = &error["exceptions"][0]["frames"][0];
    assert_eq!(
        text(&frame["context_line"]).trim(),
        "throw new RangeError(`no price of ${item.name} in ${currency}`)"
    );
    assert_eq!(frame["pre_context"].as_array().unwrap().len(), 5, "{frame}");
    assert_eq!(frame["in_app"], true);
    assert_eq!(frame["symbolication"]["status"], "ok", "{frame}");
    assert!(
        text(&frame["raw"]["filename"]).contains("shop.js")
            || text(&frame["raw"]["filename"]).contains("server.mjs")
    );
    assert!(
        text(&error["stack_trace"]).contains("cart.js:16"),
        "{error:#}"
    );
    // What bundlers put around the code of a page is not mapped.
    let problems = error["symbolication"]["problems"].as_array().unwrap();
    let is_wrapper = |problem: &Value| problem["reason"] == "no_mapping" && problem["count"] == 1;
    assert!(problems.iter().all(is_wrapper), "{error:#}");
}

async fn a_page_is_readable_by_debug_id(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    workshop.build(&[]).await;
    workshop
        .upload(SentryCli::Three, &["sourcemaps", "inject", "out"])
        .await;
    let said = workshop
        .upload(SentryCli::Three, &["sourcemaps", "upload", "--wait", "out"])
        .await;
    assert!(!said.contains("error"), "{said}");
    workshop
        .visit(&[("dsn", &dsn), ("scenario", "price")])
        .await;
    let error = error_about(&server, "no price of tea").await;
    is_readable(&error);
    let frame = &error["exceptions"][0]["frames"][0];
    assert_eq!(frame["symbolication"]["by"], "debug_id");

    let list = server.data("/api/artifacts").await;
    let artifact = &list["artifacts"][0];
    assert_eq!(list["total"], 1);
    assert_eq!(artifact["id"], frame["symbolication"]["artifact"]);
    assert_eq!(
        (&artifact["projects"], &artifact["release"]),
        (&json!(["default"]), &json!(null))
    );
    assert_eq!(artifact["debug_ids"], 2);
    let id = text(&artifact["id"]);
    let whole = server.data(&format!("/api/artifacts/{id}")).await;
    let kinds: Vec<&str> = whole["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["type"]))
        .collect();
    assert!(
        kinds.contains(&"minified_source") && kinds.contains(&"source_map"),
        "{whole:#}"
    );
    server
        .delete(&format!("/api/artifacts/{id}"))
        .await
        .is_empty_204();
    assert_eq!(server.data("/api/artifacts").await["total"], 0);
}

async fn a_script_of_node_is_readable(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    workshop.build(&[]).await;
    workshop
        .upload(SentryCli::Three, &["sourcemaps", "inject", "out"])
        .await;
    workshop
        .upload(SentryCli::Three, &["sourcemaps", "upload", "--wait", "out"])
        .await;
    let ran = workshop
        .node(&["out/server.mjs", "price"], &[("DSN", &dsn)])
        .await;
    assert!(ran.status.success(), "{}", printed(&ran));
    let error = error_about(&server, "no price of tea").await;
    is_readable(&error);
}

async fn older_tools_upload_by_release(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    workshop.build(&[]).await;
    workshop
        .upload(SentryCli::Two, &["releases", "new", "shop@1.0"])
        .await;
    workshop
        .upload(
            SentryCli::Two,
            &[
                "sourcemaps",
                "upload",
                "--release",
                "shop@1.0",
                "--wait",
                "--url-prefix",
                "~/",
                "out",
            ],
        )
        .await;
    workshop
        .upload(SentryCli::Two, &["releases", "finalize", "shop@1.0"])
        .await;
    workshop
        .upload(
            SentryCli::Two,
            &["releases", "deploys", "shop@1.0", "new", "-e", "production"],
        )
        .await;
    let run = async |release: &str, dist: &str| {
        let query = [
            ("dsn", dsn.as_str()),
            ("scenario", "price"),
            ("release", release),
            ("dist", dist),
        ];
        workshop.visit(&query).await;
    };
    run("shop@1.0", "").await;
    let error = error_about(&server, "no price of tea").await;
    is_readable(&error);
    assert_eq!(
        error["exceptions"][0]["frames"][0]["symbolication"]["by"],
        "url"
    );

    let release = server.data("/api/releases/shop@1.0").await;
    assert!(release["released_at"].is_string(), "{release:#}");
    assert_eq!(release["deploys"][0]["environment"], "production");

    run("shop@1.1", "").await;
    run("shop@1.0", "7").await;
    let errors = errors_about(&server, "no price of tea", 2).await;
    let minified = errors
        .iter()
        .find(|other| other["id"] != error["id"])
        .unwrap();
    let path = format!("/api/errors/{}/occurrences", text(&minified["id"]));
    let occurrences = server.data(&path).await;
    let mut reasons: Vec<String> = Vec::new();
    for occurrence in occurrences["occurrences"].as_array().unwrap() {
        let problem = &occurrence["symbolication"]["problems"][0];
        assert_eq!(occurrence["symbolication"]["status"], "failed");
        reasons.push(text(&problem["reason"]).to_owned());
        assert!(text(&problem["message"]).contains("shop@1.0"), "{problem}");
    }
    reasons.sort();
    assert_eq!(reasons, ["wrong_dist", "wrong_release"], "{occurrences:#}");
}

async fn two_builds_are_one_error_and_two_bugs_are_two(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    for more in [
        &[][..],
        &["--minify-identifiers=false"],
        &["--banner:js=\"a banner\";"],
    ] {
        workshop.build(more).await;
        workshop
            .upload(SentryCli::Three, &["sourcemaps", "inject", "out"])
            .await;
        workshop
            .upload(SentryCli::Three, &["sourcemaps", "upload", "--wait", "out"])
            .await;
        for scenario in ["price", "blocked"] {
            let ran = workshop
                .node(&["out/server.mjs", scenario], &[("DSN", &dsn)])
                .await;
            assert!(ran.status.success(), "{}", printed(&ran));
        }
    }
    let price = error_about(&server, "no price of tea").await;
    let blocked = error_about(&server, "is blocked").await;
    assert_ne!(price["id"], blocked["id"]);
    assert_eq!((&price["count"], &blocked["count"]), (&json!(3), &json!(3)));
}

async fn what_was_uploaded_is_not_stored_twice(stack: Stack) {
    let server = Server::start(stack).await;
    let workshop = workshop(&server).await;
    workshop.build(&[]).await;
    workshop
        .upload(SentryCli::Three, &["sourcemaps", "inject", "out"])
        .await;
    let upload = ["sourcemaps", "upload", "--wait", "out"];
    workshop.upload(SentryCli::Three, &upload).await;
    let first = server.data("/api/artifacts").await;
    let again = workshop.upload(SentryCli::Three, &upload).await;
    assert!(again.contains("Nothing to upload"), "{again}");
    let second = server.data("/api/artifacts").await;
    assert_eq!(first["artifacts"][0]["id"], second["artifacts"][0]["id"]);
    assert_eq!(second["total"], 1);

    let refused = Workshop::new(server.base(), "fb_wrong").await;
    refused.build(&[]).await;
    let done = refused
        .sentry_cli(
            SentryCli::Three,
            &["sourcemaps", "upload", "--release", "x", "out"],
        )
        .await;
    assert!(
        !done.status.success() && printed(&done).contains("Invalid"),
        "{}",
        printed(&done)
    );
}

async fn nothing_is_readable_with_foreign_maps(stack: Stack) {
    let server = Server::start(stack).await;
    let workshop = workshop(&server).await;
    workshop.build(&[]).await;
    workshop
        .upload(SentryCli::Three, &["sourcemaps", "inject", "out"])
        .await;
    workshop
        .upload(SentryCli::Three, &["sourcemaps", "upload", "--wait", "out"])
        .await;
    let other = server
        .post(
            "/api/projects",
            &json!({ "name": "Other", "slug": "other" }),
        )
        .await
        .data(201);
    let dsn = text(&other["dsn"]);
    let ran = workshop
        .node(&["out/server.mjs", "price"], &[("DSN", dsn)])
        .await;
    assert!(ran.status.success(), "{}", printed(&ran));
    let error = error_about(&server, "no price of tea").await;
    let problem = &error["symbolication"]["problems"][0];
    assert_eq!(problem["reason"], "no_artifact", "{error:#}");
    assert!(text(&problem["message"]).contains("debug id"), "{problem}");
}

async fn a_plugin_of_esbuild_uploads(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    let said = workshop.build_with_plugin("esbuild.mjs", "shop@2").await;
    let ran = workshop
        .node(&["out/server.mjs", "price"], &[("DSN", &dsn)])
        .await;
    assert!(ran.status.success(), "{}", printed(&ran));
    let error = error_about(&server, "no price of tea").await;
    assert_eq!(error["symbolication"]["status"], "ok", "{said}\n{error:#}");
    is_readable(&error);
    let releases = server.data("/api/releases").await;
    assert_eq!(releases["releases"][0]["version"], "shop@2", "{releases:#}");
}

async fn a_plugin_of_vite_uploads(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    workshop.build_with_plugin("vite.mjs", "shop@3").await;
    workshop
        .visit(&[("dsn", &dsn), ("scenario", "price")])
        .await;
    let error = error_about(&server, "no price of tea").await;
    is_readable(&error);
}

/// An error once its newest occurrence is readable: within the minute that is promised.
async fn once_readable(server: &Server, id: &str) -> Value {
    for _ in 0..120 {
        let error = server.data(&format!("/api/errors/{id}")).await;
        if error["symbolication"]["status"] == "ok" {
            return error;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("{id} never became readable")
}

async fn maps_that_come_late_are_applied(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    workshop.build(&[]).await;
    let inject = ["sourcemaps", "inject", "out"];
    workshop.upload(SentryCli::Three, &inject).await;
    let run = async || {
        let ran = workshop
            .node(&["out/server.mjs", "price"], &[("DSN", &dsn)])
            .await;
        assert!(ran.status.success(), "{}", printed(&ran));
    };
    run().await;
    let minified = error_about(&server, "no price of tea").await;
    assert_eq!(minified["symbolication"]["status"], "failed");
    let path = format!("/api/errors/{}/resolve", text(&minified["id"]));
    assert_eq!(server.put(&path).await.status, 200);

    let upload = ["sourcemaps", "upload", "--wait", "out"];
    workshop.upload(SentryCli::Three, &upload).await;
    let error = once_readable(&server, text(&minified["id"])).await;
    is_readable(&error);
    assert_eq!(
        (&error["count"], &error["resolved"]),
        (&json!(1), &json!(true)),
        "nothing happened to it"
    );
    run().await;
    let error = error_about(&server, "no price of tea").await;
    assert_eq!(
        (&error["id"], &error["count"]),
        (&minified["id"], &json!(2)),
        "the next event is of the same error"
    );
}

async fn an_error_that_a_late_map_makes_the_same_is_merged(stack: Stack) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let workshop = workshop(&server).await;
    let inject = ["sourcemaps", "inject", "out"];
    let upload = ["sourcemaps", "upload", "--wait", "out"];
    let run = async || {
        let ran = workshop
            .node(&["out/server.mjs", "price"], &[("DSN", &dsn)])
            .await;
        assert!(ran.status.success(), "{}", printed(&ran));
    };
    workshop.build(&[]).await;
    workshop.upload(SentryCli::Three, &inject).await;
    workshop.upload(SentryCli::Three, &upload).await;
    run().await;
    let older = error_about(&server, "no price of tea").await;

    workshop
        .build(&["--minify-syntax=false", "--keep-names"])
        .await;
    workshop.upload(SentryCli::Three, &inject).await;
    run().await;
    errors_about(&server, "no price of tea", 2).await;
    workshop.upload(SentryCli::Three, &upload).await;
    for _ in 0..120 {
        let error = server
            .data(&format!("/api/errors/{}", text(&older["id"])))
            .await;
        if error["count"] == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let error = error_about(&server, "no price of tea").await;
    assert_eq!((&error["id"], &error["count"]), (&older["id"], &json!(2)));
    is_readable(&error);
    let activity = format!("/api/errors/{}/activity", text(&older["id"]));
    let activity = server.data(&activity).await;
    let merged = activity["activity"].as_array().unwrap().iter();
    let merged: Vec<&Value> = merged.filter(|entry| entry["kind"] == "merged").collect();
    assert_eq!(merged.len(), 1, "{activity:#}");
}

/// An event of a page whose script was minified.
pub fn page_event(debug_id: &str) -> Value {
    let frame = |column: u32| json!({ "filename": "https://shop.example/shop.js?v=1", "function": "a", "lineno": 1, "colno": column, "in_app": true });
    json!({
        "platform": "javascript", "level": "error",
        "exception": { "values": [{
            "type": "Error", "value": "refused", "stacktrace": { "frames": [frame(23), frame(14)] },
        }] },
        "debug_meta": { "images": [
            { "type": "sourcemap", "code_file": "https://shop.example/shop.js?v=1", "debug_id": debug_id },
        ] },
    })
}

/// Sends an event as an SDK does, and returns its error.
pub async fn reported(server: &Server, event: &Value) -> Value {
    let (number, key) = sentry::project(server).await;
    let id = sentry::fresh_hex();
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let body = sentry::envelope(&id, &[("event", event.to_string())]);
    sentry::is_received(&sentry::send(server, &path, &[], body).await);
    error_about(server, "refused").await
}

async fn events_of_other_platforms_have_no_symbolication(stack: Stack) {
    let server = Server::start(stack).await;
    let (number, key) = sentry::project(&server).await;
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let body = sentry::one_event("refused in Python");
    sentry::is_received(&sentry::send(&server, &path, &[], body).await);
    let error = error_about(&server, "refused").await;
    assert_eq!(error["symbolication"], json!(null));
    let frame = &error["exceptions"][0]["frames"][0];
    assert!(frame.get("symbolication").is_none() && frame.get("raw").is_none());
}
