//! Pages of source maps: uploads in the settings, and why frames are not readable.

use crate::reader::Reader;
use e2e::bundle::{Uploader, bundle_of};
use e2e::value::{fresh_id, text};
use e2e::{Answer, Server, Stack, on_both_stacks, sentry};
use serde_json::{Value, json};

on_both_stacks!(
    uploads_are_listed_shown_and_deleted,
    an_error_says_why_it_is_minified
);

const SCRIPT: &str = "function a(){throw b}a();";
const SOURCE: &str = "// The shop.\nfunction checkout() {\n  throw refusal\n}\n\ncheckout()\n";

fn map() -> Value {
    json!({
        "version": 3, "sources": ["webpack://shop/./src/shop.js"], "sourcesContent": [SOURCE],
        "names": ["checkout", "refusal"], "mappings": "AACA,SAASA,IACP,MAAMC",
    })
}

/// Makes a key that may upload, and uploads with it.
async fn upload(server: &Server, owner: &Reader, debug_id: &str) {
    let fields = [
        ("name", "CI"),
        ("permissions", "artifacts:write"),
        ("expires", "90"),
    ];
    let made = owner.send("/settings/keys", &fields).await.text();
    let at = made.find("sk_live_").unwrap();
    let key: String = made[at..]
        .chars()
        .take_while(|one| one.is_ascii_alphanumeric() || *one == '_')
        .collect();
    let ci = server.with_key(&key);
    let uploader = Uploader::new(&ci, &owner.tenant);
    let more = json!({ "version": "shop@1 <b>" });
    let state = uploader
        .upload(&bundle_of(debug_id, SCRIPT, &map()), &more)
        .await;
    assert_eq!(state["state"], "ok", "{state}");
}

async fn uploads_are_listed_shown_and_deleted(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let html = owner.page("/settings/source-maps").await;
    assert!(html.contains("No uploads"), "{html}");
    for line in [
        format!("SENTRY_URL={}", server.base()),
        format!("SENTRY_ORG={}", owner.tenant),
        "SENTRY_PROJECT=default".to_owned(),
        "SENTRY_AUTH_TOKEN=".to_owned(),
    ] {
        assert!(html.contains(&line), "{line}: {html}");
    }
    let id = fresh_id().to_string();
    upload(&server, &owner, &id).await;
    let html = owner.page("/settings/source-maps").await;
    assert!(
        html.contains("release shop@1 &#60;b&#62;") || html.contains("release shop@1 &lt;b&gt;"),
        "{html}"
    );
    assert!(html.contains("1 upload"), "{html}");
    let listed = owner.person.data("/api/artifacts").await;
    let artifact = text(&listed["artifacts"][0]["id"]).to_owned();
    let path = format!("/settings/source-maps/{artifact}");
    let html = owner.page(&path).await;
    assert!(
        html.contains("~/shop.js.map") && html.contains(&id),
        "{html}"
    );

    let viewer = Reader::within(&server, &owner.tenant, "viewer").await;
    let html = viewer.page("/settings/source-maps").await;
    assert!(
        html.contains(&artifact) && !html.contains("/delete"),
        "{html}"
    );
    let delete = format!("{path}/delete");
    viewer.send(&delete, &[]).await;
    assert_eq!(
        owner.open(&path).await.status,
        200,
        "a viewer deletes nothing"
    );
    let stranger = Reader::new(&server, "owner").await;
    assert_eq!(stranger.open(&path).await.status, 404);

    owner.go(&delete, &[]).await;
    let html = owner.page("/settings/source-maps").await;
    assert!(html.contains("No uploads"), "{html}");
    let audit = owner.page("/settings/audit").await;
    assert!(audit.contains("source-maps"), "{audit}");
}

/// Sends an event of a page whose script was minified, into a reader's project.
async fn report(server: &Server, owner: &Reader, debug_id: &str, value: &str) -> String {
    let frame = |column: u32| json!({ "filename": "https://shop.example/shop.js", "function": "a", "lineno": 1, "colno": column, "in_app": true });
    let event = json!({
        "platform": "javascript",
        "exception": { "values": [{
            "type": "Error", "value": value, "stacktrace": { "frames": [frame(23), frame(14)] },
        }] },
        "debug_meta": { "images": [
            { "type": "sourcemap", "code_file": "https://shop.example/shop.js", "debug_id": debug_id },
        ] },
    });
    let projects = owner.person.data("/api/projects").await;
    let project = &projects["projects"][0];
    let (number, key) = (&project["number"], text(&project["public_key"]));
    let path = format!("/api/{number}/envelope/?sentry_key={key}");
    let body = sentry::envelope(&sentry::fresh_hex(), &[("event", event.to_string())]);
    let answer: Answer = sentry::send(server, &path, &[], body).await;
    sentry::is_received(&answer);
    let errors = owner.person.data("/api/errors").await;
    let mut errors = errors["errors"].as_array().unwrap().iter();
    let found = errors.find(|error| text(&error["message"]).contains(value));
    text(&found.unwrap()["id"]).to_owned()
}

async fn an_error_says_why_it_is_minified(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let id = fresh_id().to_string();
    let minified = report(&server, &owner, &id, "refused early").await;
    let html = owner.page(&format!("/errors/{minified}")).await;
    assert!(
        html.contains("0 of 2 script frames could be read"),
        "{html}"
    );
    let why = format!("No source map with the debug id {id} was uploaded");
    assert!(html.contains(&why) && html.contains("Try again"), "{html}");

    upload(&server, &owner, &id).await;
    let again = format!("/errors/{minified}/symbolicate");
    let sent_on = owner.send(&again, &[]).await;
    assert_eq!(sent_on.status, 303, "{}", sent_on.text());
    let viewer = Reader::within(&server, &owner.tenant, "viewer").await;
    assert_eq!(viewer.send(&again, &[]).await.status, 403);

    let readable = report(&server, &owner, &id, "refused late").await;
    let html = owner.page(&format!("/errors/{readable}")).await;
    assert!(
        html.contains("src/shop.js") && html.contains("checkout"),
        "{html}"
    );
    assert!(html.contains("refusal"), "the original line: {html}");
    assert!(html.contains("shop.js:1:14 in a"), "where it was: {html}");
    assert!(!html.contains("could be read"), "{html}");
    let listed = owner.person.data("/api/artifacts").await;
    let link = format!(
        "/settings/source-maps/{}",
        text(&listed["artifacts"][0]["id"])
    );
    assert!(html.contains(&link), "{html}");
}
