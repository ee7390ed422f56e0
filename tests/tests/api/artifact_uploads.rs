//! Uploads of bundles, call by call: what build tools rely on, and what is refused.

use e2e::bundle::{CHUNK, Uploader, Zip, bundle_of, gzipped, noise, sha1};
use e2e::value::{fresh_id, text};
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks, people, sentry};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    the_options_are_those_that_build_tools_follow,
    whoever_calls_is_told_who_they_are,
    a_refusal_is_a_sentence_alone,
    chunks_are_what_their_names_say,
    a_bundle_comes_chunk_by_chunk_and_is_stored_once,
    what_no_build_tool_makes_is_refused_whole,
    what_inflates_beyond_the_limits_is_refused,
    an_upload_beyond_the_quota_is_refused,
    releases_of_build_tools_are_those_of_the_api,
    a_bound_key_uploads_for_its_project_alone,
    tenants_share_nothing,
    files_lie_in_a_directory,
}

pub const SCRIPT: &str = "function a(){throw b}a();";
pub const SOURCE: &str = "// The shop.\nfunction checkout() {\n  throw refusal\n}\n\ncheckout()\n";

/// A map of [`SCRIPT`] to [`SOURCE`].
pub fn map() -> Value {
    json!({
        "version": 3, "sources": ["webpack://shop/./src/shop.js"], "sourcesContent": [SOURCE],
        "names": ["checkout", "refusal"], "mappings": "AACA,SAASA,IACP,MAAMC",
    })
}

/// A client with a new key that has these permissions.
pub async fn key_with(server: &Server, permissions: &[&str]) -> Client {
    let body = json!({ "name": "ci", "permissions": permissions });
    let made = server.post("/api/settings/api-keys", &body).await.data(201);
    server.with_key(text(&made["api_key"]))
}

/// The sentence of a refusal, which is all that its body holds.
#[track_caller]
fn detail(answer: &Answer, status: u16) -> String {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["detail"], "{body}");
    assert!(!answer.header("x-request-id").is_empty());
    text(&body["detail"]).to_owned()
}

async fn total(server: &Server) -> Value {
    server.data("/api/artifacts").await["total"].clone()
}

async fn the_options_are_those_that_build_tools_follow(stack: Stack) {
    let server = Server::start(stack).await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    for slash in ["", "/"] {
        let path = format!("/api/0/organizations/default/chunk-upload{slash}");
        let options = ci.get(&path).await;
        assert_eq!(options.status, 200, "{}", options.text());
        let url = format!(
            "{}/api/0/organizations/default/chunk-upload/",
            server.base()
        );
        let expected = json!({
            "url": url, "chunkSize": 524_288, "chunksPerRequest": 1, "maxRequestSize": 524_288,
            "maxFileSize": options.json()["maxFileSize"], "maxWait": 300, "concurrency": 4, "hashAlgorithm": "sha1",
            "compression": ["gzip"], "accept": ["release_files", "artifact_bundles", "artifact_bundles_v2"],
        });
        assert_eq!(options.json(), expected);
    }
    let repositories = ci.get("/api/0/organizations/default/repos/?cursor=").await;
    assert_eq!(repositories.json(), json!([]));
    let tenant = server.data("/api/v1/tenants/default").await;
    let by_id = format!("/api/0/organizations/{}/", text(&tenant["id"]));
    let organization = ci.get(&by_id).await.json();
    assert_eq!(organization["slug"], "default");
    assert_eq!(organization["status"], json!({ "id": "active" }));
    assert_eq!(organization["features"], json!([]));
    let base = server.base();
    let links = json!({ "organizationUrl": base, "regionUrl": base });
    assert_eq!(organization["links"], links);
}

async fn whoever_calls_is_told_who_they_are(stack: Stack) {
    let server = Server::start(stack).await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let reader = key_with(&server, &["errors:read"]).await;
    let root = ci.get("/api/0/").await.json();
    let expected =
        json!({ "version": "0", "auth": { "scopes": ["artifacts:write"] }, "user": null });
    assert_eq!(root, expected);
    assert_eq!(reader.get("/api/0").await.status, 200);
    let own = reader.get("/api/0/auth/").await.json();
    for field in ["id", "name", "email", "username"] {
        assert!(own[field].is_string(), "{own}");
    }
    detail(&ci.get("/api/0/users/me/regions/").await, 404);
    // Whoever may upload alone reads nothing.
    for path in ["/api/errors", "/api/artifacts", "/api/stats"] {
        assert_eq!(ci.get(path).await.status, 403, "{path}");
    }
    let body = json!({ "message": "m", "source": "s" });
    assert_eq!(ci.post("/api/errors", &body).await.status, 403);
}

async fn a_refusal_is_a_sentence_alone(stack: Stack) {
    let server = Server::start(stack).await;
    let options = "/api/0/organizations/default/chunk-upload/";
    detail(&server.anonymous().get(options).await, 401);
    let wrong = server.with_key("sntrys_wrong");
    detail(&wrong.get(options).await, 401);
    detail(&wrong.get("/api/0/").await, 401);
    let (_, dsn_key) = sentry::project(&server).await;
    detail(&server.with_key(&dsn_key).get(options).await, 401);
    let reader = key_with(&server, &["errors:read", "errors:write"]).await;
    let lacking = detail(&reader.get(options).await, 403);
    assert!(lacking.contains("artifacts:write"), "{lacking}");

    let ci = key_with(&server, &["artifacts:write"]).await;
    people::new_tenant(&server, "foreign").await;
    detail(
        &ci.get("/api/0/organizations/foreign/chunk-upload/").await,
        403,
    );
    detail(
        &ci.get("/api/0/organizations/nobody/chunk-upload/").await,
        404,
    );
    let uploader = Uploader::new(&ci, "default");
    let mut body = Uploader::assembly(b"x");
    body["projects"] = json!(["default", "shopp"]);
    let unknown = uploader
        .call(Method::POST, "artifactbundle/assemble/", Some(&body))
        .await;
    let unknown = detail(&unknown, 400);
    assert!(unknown.contains("shopp"), "{unknown}");
    body["projects"] = json!([]);
    for body in [body, json!({}), json!([])] {
        let answer = uploader
            .call(Method::POST, "artifactbundle/assemble/", Some(&body))
            .await;
        detail(&answer, 400);
    }
    let releases = ci.get("/api/0/projects/default/shopp/releases/").await;
    assert!(detail(&releases, 400).contains("shopp"));
    detail(&ci.get("/api/0/organizations/default/nothing/").await, 404);
    let put = ci.put("/api/0/organizations/default/chunk-upload/").await;
    detail(&put, 405);
}

async fn chunks_are_what_their_names_say(stack: Stack) {
    let server = Server::start(stack).await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let name = sha1(b"a chunk");
    for (part, bytes) in [
        ("file", b"a chunk".to_vec()),
        ("file_gzip", gzipped(b"a chunk")),
    ] {
        let sent = uploader.send_chunk(part, &name, &bytes).await;
        assert_eq!((sent.status, sent.text().as_str()), (200, ""), "{part}");
    }
    for (part, name, bytes, status) in [
        ("file", name.as_str(), b"another".to_vec(), 400),
        ("file", "no-digest", b"a chunk".to_vec(), 400),
        ("file_gzip", &name, b"a chunk".to_vec(), 400),
        ("blob", &name, b"a chunk".to_vec(), 400),
        ("file", &sha1(&vec![7; CHUNK + 1]), vec![7; CHUNK + 1], 413),
        (
            "file_gzip",
            &sha1(&vec![0; 100 << 20]),
            gzipped(&vec![0; 100 << 20]),
            413,
        ),
    ] {
        let sent = uploader.send_chunk(part, name, &bytes).await;
        detail(&sent, status);
    }
    let request = ci.request(Method::POST, "/api/0/organizations/default/chunk-upload/");
    let no_form = Answer::to(request.header("Content-Type", "text/plain").body("x")).await;
    detail(&no_form, 400);
    // A whole chunk that cannot be compressed fits.
    let bytes = noise(1, CHUNK);
    let sent = uploader
        .send_chunk("file_gzip", &sha1(&bytes), &gzipped(&bytes))
        .await;
    assert_eq!(sent.status, 200, "{}", sent.text());
}

async fn a_bundle_comes_chunk_by_chunk_and_is_stored_once(stack: Stack) {
    let server = Server::start(stack).await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let id = fresh_id().to_string();
    // Two chunks: what cannot be compressed makes it long.
    let ballast = noise(2, CHUNK);
    let manifest = json!({ "org": "other", "project": "other", "release": "9", "files": {
        "a.js": { "url": "~/a.js", "type": "minified_source", "headers": { "Debug-Id": id } },
    } });
    let bundle = Zip::default()
        .with("files/a.js", SCRIPT.as_bytes())
        .with("unlisted", &ballast)
        .with("manifest.json", manifest.to_string().as_bytes())
        .finish();
    let none = json!({});
    let state = uploader.assemble(&bundle, &none).await;
    let chunks = Uploader::assembly(&bundle)["chunks"].clone();
    assert_eq!(chunks.as_array().unwrap().len(), 2);
    assert_eq!(
        state,
        json!({ "state": "not_found", "missingChunks": chunks, "detail": null })
    );
    let first = &bundle[..CHUNK];
    let sent = uploader.send_chunk("file", &sha1(first), first).await;
    assert_eq!(sent.status, 200);
    let state = uploader.assemble(&bundle, &none).await;
    assert_eq!(state["missingChunks"], json!([chunks[1]]));

    let stored = json!({ "state": "ok", "missingChunks": [], "detail": null });
    assert_eq!(uploader.upload(&bundle, &none).await, stored);
    assert_eq!(uploader.assemble(&bundle, &none).await, stored);
    let release = json!({ "version": "shop@1.0 (beta)/x", "dist": "7" });
    assert_eq!(uploader.assemble(&bundle, &release).await, stored);
    let listed = server.data("/api/artifacts").await;
    assert_eq!(listed["total"], 1);
    let artifact = &listed["artifacts"][0];
    assert_eq!(
        (&artifact["files"], &artifact["debug_ids"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(artifact["size"], bundle.len());
    assert_eq!(
        (&artifact["release"], &artifact["dist"]),
        (&json!("shop@1.0 (beta)/x"), &json!("7")),
        "the request decides, not the manifest"
    );
    for (query, expected) in [
        ("project=default", 1),
        (&format!("debug_id={id}"), 1),
        (&format!("debug_id={}", fresh_id()), 0),
        ("url=~/a.js", 1),
        ("url=~/b.js", 0),
        ("release=shop@1.0%20(beta)/x&dist=7", 1),
        ("dist=8", 0),
    ] {
        let found = server.data(&format!("/api/artifacts?{query}")).await;
        assert_eq!(found["total"], expected, "{query}");
    }
    let path = format!("/api/artifacts/{}", text(&artifact["id"]));
    let entries = server.data(&path).await["entries"].clone();
    let expected = json!([{
        "url": "~/a.js", "type": "minified_source", "debug_id": id, "size": SCRIPT.len(), "sourcemap": null,
    }]);
    assert_eq!(entries, expected);

    // The older form names the release in its path, and has its projects.
    let mut body = Uploader::assembly(&bundle);
    body.as_object_mut().unwrap().remove("projects");
    let older = "releases/old%2F1/assemble/";
    let unknown = uploader.call(Method::POST, older, Some(&body)).await;
    detail(&unknown, 404);
    let new = json!({ "version": "old/1", "projects": ["default"] });
    let made = uploader.call(Method::POST, "releases/", Some(&new)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let known = uploader.call(Method::POST, older, Some(&body)).await;
    assert_eq!((known.status, known.json()), (200, stored));
    assert_eq!(
        server.data("/api/artifacts?release=old/1").await["total"],
        1
    );
}

async fn what_no_build_tool_makes_is_refused_whole(stack: Stack) {
    let server = Server::start(stack).await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let manifest = |name: &str| {
        json!({ "files": { name: { "url": "~/a.js", "type": "minified_source" } } }).to_string()
    };
    let named = |name: &str| {
        Zip::default()
            .with(name, b"x")
            .with("manifest.json", manifest(name).as_bytes())
            .finish()
    };
    for (bundle, word) in [
        (b"no zip".to_vec(), "zip"),
        (Zip::default().with("a", b"x").finish(), "manifest.json"),
        (named("../../etc/cron.d/x"), "cron.d"),
        (named("a/../../x"), "leads out"),
        (named("/etc/x"), "leads out"),
        (named("a\\b"), "leads out"),
        (named("c:x"), "leads out"),
        (
            Zip::default()
                .with("a", b"x")
                .with("a", b"y")
                .with("manifest.json", manifest("a").as_bytes())
                .finish(),
            "twice",
        ),
        (
            Zip::default()
                .with("a", b"x")
                .with("manifest.json", manifest("b").as_bytes())
                .finish(),
            "\"b\"",
        ),
        (
            Zip::default()
                .with("manifest.json", b"{\"files\":[]}")
                .finish(),
            "manifest.json",
        ),
    ] {
        let state = uploader.upload(&bundle, &json!({})).await;
        assert_eq!(state["state"], "error", "{word}: {state}");
        assert!(text(&state["detail"]).contains(word), "{word}: {state}");
        assert_eq!(state["missingChunks"], json!([]));
    }
    assert_eq!(total(&server).await, 0);
    // Chunks that are not the bundle that was promised.
    let bundle = named("a");
    uploader.upload(&bundle, &json!({})).await;
    let wrong = json!({ "checksum": sha1(b"another") });
    let state = uploader.upload(&bundle, &wrong).await;
    assert_eq!(state["state"], "error", "{state}");
    assert_eq!(total(&server).await, 1);
}

async fn what_inflates_beyond_the_limits_is_refused(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__ARTIFACTS__MAX_FILE", "1MiB")
        .set("FAULTBOOK__ARTIFACTS__MAX_INFLATED", "2MiB")
        .set("FAULTBOOK__ARTIFACTS__MAX_FILES", "5")
        .set("FAULTBOOK__ARTIFACTS__MAX_BUNDLE", "1MiB");
    let server = site.start().await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let described = |names: &[String]| {
        let files = names.iter().map(|name| {
            (
                name.clone(),
                json!({ "url": format!("~/{name}"), "type": "source_map" }),
            )
        });
        let files: serde_json::Map<String, Value> = files.collect();
        json!({ "files": files }).to_string()
    };
    let zeros = vec![0; 50 << 20];
    let one = described(&["bomb".to_owned()]);
    let honest = Zip::default()
        .with("bomb", &zeros)
        .with("manifest.json", one.as_bytes());
    let lying = Zip::default()
        .claiming("bomb", &zeros, 10)
        .with("manifest.json", one.as_bytes());
    for bundle in [honest.finish(), lying.finish()] {
        assert!(bundle.len() < 100_000);
        let state = uploader.upload(&bundle, &json!({})).await;
        assert_eq!(state["state"], "error", "{state}");
        assert!(text(&state["detail"]).contains("bomb"), "{state}");
    }
    let names = |count: usize| -> Vec<String> { (0..count).map(|n| format!("f{n}")).collect() };
    let many = |names: &[String], bytes: &[u8]| {
        let zip = names
            .iter()
            .fold(Zip::default(), |zip, name| zip.with(name, bytes));
        zip.with("manifest.json", described(names).as_bytes())
            .finish()
    };
    let state = uploader
        .upload(&many(&names(3), &zeros[..1 << 20]), &json!({}))
        .await;
    assert!(text(&state["detail"]).contains("2 MiB"), "{state}");
    let state = uploader.upload(&many(&names(9), b"x"), &json!({})).await;
    assert!(text(&state["detail"]).contains('5'), "{state}");
    // Known from the number of chunks before any of them is asked for.
    let large = vec![0; 3 * CHUNK];
    let state = uploader.assemble(&large, &json!({})).await;
    assert_eq!(state["state"], "error", "{state}");
    assert!(text(&state["detail"]).contains("1 MiB"), "{state}");
    assert_eq!(total(&server).await, 0);
    assert!(
        server.peak_own_memory_kib() < 400 << 10,
        "{} KiB",
        server.peak_own_memory_kib()
    );
}

async fn an_upload_beyond_the_quota_is_refused(stack: Stack) {
    let site = Site::new(stack).await;
    let server = site
        .set("FAULTBOOK__ARTIFACTS__QUOTA", "4KiB")
        .start()
        .await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let bundle = |seed| {
        let script: String = noise(seed, 2_000)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        bundle_of(&fresh_id().to_string(), &script, &map())
    };
    let (first, second) = (bundle(3), bundle(5));
    let state = uploader.upload(&first, &json!({})).await;
    assert_eq!(state["state"], "ok", "{state}");
    let sent = uploader.send_chunk("file", &sha1(&second), &second).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let body = Uploader::assembly(&second);
    let assembled = uploader
        .call(Method::POST, "artifactbundle/assemble/", Some(&body))
        .await;
    assert!(detail(&assembled, 507).contains("artifacts.quota"));
    let sent = uploader.send_chunk("file", &sha1(b"x"), b"x").await;
    assert!(detail(&sent, 507).contains("4 KiB"));
    assert_eq!(total(&server).await, 1);
}

async fn releases_of_build_tools_are_those_of_the_api(stack: Stack) {
    let server = Server::start(stack).await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let call = async |method: Method, path: &str, body: Option<Value>| {
        uploader.call(method, path, body.as_ref()).await
    };
    let new = json!({ "version": "shop@1.0", "projects": ["default"], "url": "https://example.com/1", "dateStarted": "2026-11-01T10:00:00Z" });
    let made = call(Method::POST, "releases/", Some(new.clone())).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let release = made.json();
    for (field, expected) in [
        ("version", json!("shop@1.0")),
        ("url", json!("https://example.com/1")),
        ("dateReleased", json!(null)),
        ("lastCommit", json!(null)),
        ("commitCount", json!(0)),
        ("deployCount", json!(0)),
        ("newGroups", json!(0)),
        ("firstEvent", json!(null)),
    ] {
        assert_eq!(release[field], expected, "{field} of {release}");
    }
    assert!(release["dateCreated"].is_string());
    assert_eq!(release["projects"][0]["slug"], "default");
    assert_eq!(call(Method::POST, "releases/", Some(new)).await.status, 208);
    let project = "/api/0/projects/default/default/releases";
    let body = json!({ "version": "shop@1.1" });
    let made = ci.post(&format!("{project}/"), &body).await;
    assert_eq!(made.status, 201, "{}", made.text());

    let commits = json!({ "commits": [
        { "id": "c2", "message": "two", "author_name": "A", "author_email": "a@example.com", "timestamp": "2026-11-01T10:00:00Z",
          "repository": "shop", "patch_set": [{ "path": "a.js", "type": "M" }] },
        { "id": "c1" },
    ], "dateReleased": "2026-11-02T10:00:00Z" });
    let told = call(Method::PUT, "releases/shop@1.0/", Some(commits)).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json();
    assert_eq!(
        (&told["commitCount"], &told["lastCommit"]),
        (&json!(2), &json!({ "id": "c2" }))
    );
    assert_eq!(told["ref"], "c2");
    let own = server.data("/api/releases/shop@1.0").await;
    assert_eq!(
        (&own["ref"], &own["released_at"]),
        (&json!("c2"), &json!("2026-11-02T10:00:00Z"))
    );
    let previous = call(
        Method::GET,
        "releases/shop@1.1/previous-with-commits/",
        None,
    )
    .await;
    assert_eq!(previous.json()["lastCommit"], json!({ "id": "c2" }));
    let none = call(
        Method::GET,
        "releases/shop@1.0/previous-with-commits/",
        None,
    )
    .await;
    assert_eq!((none.status, none.json()), (200, json!({})));

    let deploy = json!({ "environment": "production", "name": "blue", "url": "https://example.com", "dateFinished": "2026-11-03T10:00:00Z" });
    let made = call(Method::POST, "releases/shop@1.0/deploys/", Some(deploy)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(
        (&made.json()["environment"], &made.json()["dateFinished"]),
        (&json!("production"), &json!("2026-11-03T10:00:00Z"))
    );
    let listed = call(Method::GET, "releases/shop@1.0/deploys/", None).await;
    assert_eq!(listed.json().as_array().unwrap().len(), 1);
    let own = server.data("/api/releases/shop@1.0").await;
    assert_eq!(own["deploys"][0]["at"], "2026-11-03T10:00:00Z");

    let listed = call(Method::GET, "releases/", None).await;
    let link = listed.header("link").to_owned();
    assert!(link.contains("rel=\"next\"; results=\"false\""), "{link}");
    let versions: Vec<Value> = listed.json().as_array().unwrap().clone();
    assert_eq!(versions.len(), 2);

    let bundle = bundle_of(&fresh_id().to_string(), SCRIPT, &map());
    let of_release = json!({ "version": "shop@1.0" });
    assert_eq!(uploader.upload(&bundle, &of_release).await["state"], "ok");
    assert_eq!(total(&server).await, 1);
    let gone = call(Method::DELETE, "releases/shop@1.0/", None).await;
    assert_eq!((gone.status, gone.text().as_str()), (204, ""));
    assert_eq!(total(&server).await, 0);
    for (method, path) in [
        (Method::GET, "releases/shop@1.0/"),
        (Method::DELETE, "releases/shop@1.0/"),
        (Method::GET, "releases/shop@1.0/deploys/"),
    ] {
        detail(&call(method, path, None).await, 404);
    }
    let created = call(Method::PUT, "releases/a%2Fb%20c/", Some(json!({}))).await;
    assert_eq!(created.json()["version"], "a/b c");
}

async fn a_bound_key_uploads_for_its_project_alone(stack: Stack) {
    let server = Server::start(stack).await;
    let side = json!({ "name": "Side", "slug": "side" });
    let side = server.post("/api/projects", &side).await.data(201);
    let body = json!({ "name": "ci", "permissions": ["artifacts:write"], "project": "side" });
    let made = server.post("/api/settings/api-keys", &body).await.data(201);
    let ci = server.with_key(text(&made["api_key"]));
    let uploader = Uploader::new(&ci, "default");
    let bundle = bundle_of(&fresh_id().to_string(), SCRIPT, &map());
    let mut body = Uploader::assembly(&bundle);
    let refused = uploader
        .call(Method::POST, "artifactbundle/assemble/", Some(&body))
        .await;
    detail(&refused, 403);
    let number = side["number"].to_string();
    for named in ["side", text(&side["id"]), &number] {
        body["projects"] = json!([named]);
        let state = uploader.upload(&bundle, &body).await;
        assert_eq!(state["state"], "ok", "{named}: {state}");
    }
    let listed = server.data("/api/artifacts").await;
    assert_eq!(listed["artifacts"][0]["projects"], json!(["side"]));
}

async fn tenants_share_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    people::new_tenant(&server, "foreign").await;
    let foreign = people::new_program(&server, "foreign", "admin").await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let bundle = bundle_of(&fresh_id().to_string(), SCRIPT, &map());
    let own = Uploader::new(&ci, "default");
    assert_eq!(own.upload(&bundle, &json!({})).await["state"], "ok");
    let other = Uploader::new(&foreign, "foreign");
    let state = other.assemble(&bundle, &json!({})).await;
    assert_eq!(state["state"], "not_found", "{state}");
    assert_eq!(state["missingChunks"], json!([sha1(&bundle)]));
    assert_eq!(foreign.data("/api/artifacts").await["total"], 0);
    let id = server.data("/api/artifacts").await["artifacts"][0]["id"].clone();
    let path = format!("/api/artifacts/{}", text(&id));
    for answer in [foreign.get(&path).await, foreign.delete(&path).await] {
        assert_eq!(answer.status, 404, "{}", answer.text());
    }
    assert_eq!(other.upload(&bundle, &json!({})).await["state"], "ok");
    foreign
        .delete(&format!(
            "/api/artifacts/{}",
            text(&foreign.data("/api/artifacts").await["artifacts"][0]["id"])
        ))
        .await
        .is_empty_204();
    assert_eq!(total(&server).await, 1);
}

async fn files_lie_in_a_directory(stack: Stack) {
    let site = Site::new(stack).await;
    let folder = tempfile::tempdir().unwrap();
    let server = site
        .set("FAULTBOOK__ARTIFACTS__STORE", "directory")
        .set("FAULTBOOK__ARTIFACTS__DIR", folder.path().to_str().unwrap())
        .start()
        .await;
    let ci = key_with(&server, &["artifacts:write"]).await;
    let uploader = Uploader::new(&ci, "default");
    let id = fresh_id().to_string();
    let state = uploader
        .upload(&bundle_of(&id, SCRIPT, &map()), &json!({}))
        .await;
    assert_eq!(state["state"], "ok", "{state}");
    assert!(std::fs::read_dir(folder.path()).unwrap().count() > 0);
    let error = crate::source_maps::reported(&server, &crate::source_maps::page_event(&id)).await;
    assert_eq!(error["symbolication"]["status"], "ok", "{error:#}");
}
