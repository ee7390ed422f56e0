//! What a change says on the page behind it: a cookie that is read once. It may carry what undoes the change, so that it
//! is signed with the session's secret: nobody else can have written it.

use crate::hex::hex;
use crate::http::session_cookie::SESSION_COOKIE;
use crate::state::AppState;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use faultbook_web::shell::{Flash, Undo};
use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};
use time::Duration;

const COOKIE: &str = "faultbook_note";

/// Bytes that a cookie may have; a longer note loses what undoes it.
const MOST: usize = 3_500;

/// How long a browser keeps a note that it is not asked for.
const LASTS: Duration = Duration::minutes(1);

/// The note was read by this request.
struct Read;

/// Keeps a note for the next page.
pub fn keep(request: &HttpRequest, answer: &mut HttpResponse, said: &Flash) {
    let mut text = written(said);
    if text.len() > MOST {
        text = written(&Flash {
            undo: None,
            ..said.clone()
        });
    }
    let Some(mark) = signature(request, &text) else {
        return;
    };
    // A cookie of letters and digits can always be written.
    let _ = answer.add_cookie(&cookie(request, format!("{mark}.{text}"), LASTS));
}

/// Reads the note of this request, if there is one.
#[must_use]
pub fn read(request: &HttpRequest) -> Option<Flash> {
    let cookie = request.cookie(COOKIE)?;
    request.extensions_mut().insert(Read);
    let (mark, text) = cookie.value().split_once('.')?;
    if signature(request, text)? != mark {
        return None;
    }
    parsed(text)
}

/// Whether the note of this request was read.
#[must_use]
pub fn was_read(request: &HttpRequest) -> bool {
    request.extensions().contains::<Read>()
}

/// Has the browser forget the note.
pub fn forget(answer: &mut HttpResponse) {
    let mut gone = Cookie::build(COOKIE, "").path("/").http_only(true).finish();
    gone.make_removal();
    let _ = answer.add_cookie(&gone);
}

fn cookie(request: &HttpRequest, value: String, lasts: Duration) -> Cookie<'static> {
    let development = AppState::of(request).is_ok_and(|state| state.development);
    Cookie::build(COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(!development)
        .max_age(lasts)
        .finish()
}

fn signature(request: &HttpRequest, text: &str) -> Option<String> {
    let session = request.cookie(SESSION_COOKIE)?;
    let digest = Sha256::new()
        .chain_update("faultbook note ")
        .chain_update(session.value())
        .chain_update(" ")
        .chain_update(text)
        .finalize();
    Some(hex(&digest[..16]))
}

fn written(said: &Flash) -> String {
    let mut pairs = Serializer::new(String::new());
    pairs.append_pair(if said.failed { "failed" } else { "done" }, &said.text);
    if let Some(undo) = &said.undo {
        pairs.append_pair("undo", &undo.action);
        pairs.extend_pairs(&undo.fields);
    }
    URL_SAFE_NO_PAD.encode(pairs.finish())
}

fn parsed(text: &str) -> Option<Flash> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut pairs = form_urlencoded::parse(&bytes).into_owned();
    let (kind, text) = pairs.next()?;
    let action = pairs.next().map(|(_, action)| action);
    Some(Flash {
        text,
        failed: kind == "failed",
        undo: action.map(|action| Undo {
            action,
            fields: pairs.collect(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn request(session: &'static str, note: Option<String>) -> HttpRequest {
        let request = TestRequest::default().cookie(Cookie::new(SESSION_COOKIE, session));
        let request = match note {
            Some(note) => request.cookie(Cookie::new(COOKIE, note)),
            None => request,
        };
        request.to_http_request()
    }

    #[test]
    fn a_note_is_read_by_the_session_it_was_kept_for() {
        let said = Flash::done("3 errors resolved").with_undo(Undo {
            action: "/errors/bulk".to_owned(),
            fields: vec![
                ("action".to_owned(), "reopen".to_owned()),
                ("id".to_owned(), "a&b".to_owned()),
            ],
        });
        let mut answer = HttpResponse::Ok().finish();
        keep(&request("one", None), &mut answer, &said);
        let kept = answer.cookies().next().unwrap().value().to_owned();
        assert_eq!(read(&request("one", Some(kept.clone()))), Some(said));
        assert_eq!(read(&request("other", Some(kept.clone()))), None);
        assert_eq!(read(&request("one", Some(kept.replace('.', ".x")))), None);
        assert_eq!(read(&request("one", None)), None);
    }
}
