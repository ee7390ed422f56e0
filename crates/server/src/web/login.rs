//! Signing in and out, and the first people of an installation.

use super::form::{Form, OpenForm};
use super::page::{Page, see_other};
use super::visitor::{Visitor, theme};
use crate::api::sessions::note_failure;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::http::{client, rate_limit, session_cookie};
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::identity::{AccessError, FailedSignIns, FirstPeople, LoggedIn, Sessions};
use faultbook_web::link::own_path;
use faultbook_web::login::{Login, Setup};

/// Where people arrive.
pub(super) const HOME: &str = "/errors";

/// The path of the page that makes the first owner.
#[must_use]
pub fn setup_path(token: &str) -> String {
    format!("/setup/{token}")
}

/// Leads to the first page.
///
/// # Errors
/// As [`Visitor`]: whoever is not signed in is sent to sign in.
pub async fn go_home(_: Visitor) -> ApiResult<HttpResponse> {
    Ok(see_other(HOME))
}

/// Shows where to sign in.
pub async fn show_login(
    visitor: ApiResult<Visitor>,
    request: HttpRequest,
    query: Query,
    state: Data<AppState>,
) -> HttpResponse {
    let next = query.text("next").and_then(own_path).unwrap_or_default();
    if visitor.is_ok() {
        return see_other(if next.is_empty() { HOME } else { next });
    }
    let page = Login {
        next: next.to_owned(),
        note: match query.text("note") {
            Some("ended") => Some("Your session has ended. Sign in to go on where you were."),
            Some("out") => Some("You are signed out."),
            Some("reset") => Some("Your password is changed. Sign in with the new one."),
            _ => None,
        },
        ..blank(&request, &state)
    };
    Page::new(page).respond_to(&request)
}

fn blank(request: &HttpRequest, state: &AppState) -> Login {
    Login {
        theme: theme(request),
        development: is_own_developer(request, state),
        ..Login::default()
    }
}

/// Signs somebody in.
///
/// # Errors
/// 429 for too many failed logins, 503 when the store is away.
pub async fn log_in(
    form: OpenForm,
    request: HttpRequest,
    (sessions, failed): (Data<Sessions>, Data<FailedSignIns>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let checking = rate_limit::begin_login(&request, &state).await?;
    let logged_in = sessions
        .log_in(form.get("email"), form.raw("password"))
        .await;
    rate_limit::end_login(checking, &logged_in).await;
    match logged_in {
        Ok(logged_in) => signed_in(form.get("next"), &logged_in, (&sessions, &state)),
        Err(AccessError::BadLogin) => {
            note_failure(&request, &failed, form.get("email").to_owned());
            let page = Login {
                next: own_path(form.get("next")).unwrap_or_default().to_owned(),
                email: form.get("email").to_owned(),
                problem: Some("E-mail or password is wrong.".to_owned()),
                ..blank(&request, &state)
            };
            let page = Page::new(page).with_status(StatusCode::UNAUTHORIZED);
            Ok(page.respond_to(&request))
        }
        Err(other) => Err(other.into()),
    }
}

/// Signs in as the developer of a development server.
///
/// # Errors
/// 404 unless it is one, and both the browser and the name it called are this computer's.
pub async fn log_in_as_developer(
    form: OpenForm,
    request: HttpRequest,
    (sessions, people): (Data<Sessions>, Data<FirstPeople>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    if !is_own_developer(&request, &state) {
        return Err(ApiError::new(Code::RouteNotFound));
    }
    let developer = people.developer().await?;
    let logged_in = sessions.begin(developer).await?;
    signed_in(form.get("next"), &logged_in, (&sessions, &state))
}

/// Begins a session in the browser.
pub(super) fn signed_in(
    next: &str,
    logged_in: &LoggedIn,
    (sessions, state): (&Sessions, &AppState),
) -> ApiResult<HttpResponse> {
    let next = own_path(next)
        .filter(|next| !next.is_empty())
        .unwrap_or(HOME);
    let (secret, lasts) = (logged_in.secret.reveal(), sessions.life().absolute);
    let mut answer = see_other(next);
    answer.add_cookie(&session_cookie::carrying(secret, lasts, !state.development))?;
    Ok(answer)
}

/// Signs somebody out.
///
/// # Errors
/// As [`Form`], 503 when the store is away.
pub async fn log_out(
    form: Form,
    sessions: Data<Sessions>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    if let Some(session) = form.visitor.principal().session {
        sessions.log_out(session).await?;
    }
    let mut answer = see_other("/login?note=out");
    answer.add_cookie(&session_cookie::forgotten(!state.development))?;
    Ok(answer)
}

/// Shows where the first owner is made.
///
/// # Errors
/// 404 for a token that does not make one, or does not any more; 429 for too many wrong ones.
pub async fn show_setup(
    token: Path<String>,
    request: HttpRequest,
    people: Data<FirstPeople>,
    state: Data<AppState>,
) -> ApiResult<Page<Setup>> {
    rate_limit::listen(&request, &state)?;
    if !people.awaits_owner(&token).await? {
        return Err(ended());
    }
    Ok(Page::new(Setup {
        theme: theme(&request),
        token: token.into_inner(),
        ..Setup::default()
    })
    .secret())
}

/// Makes the first owner and signs them in.
///
/// # Errors
/// As [`show_setup`].
pub async fn set_up(
    token: Path<String>,
    form: OpenForm,
    request: HttpRequest,
    (sessions, people): (Data<Sessions>, Data<FirstPeople>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    rate_limit::listen(&request, &state)?;
    let (name, email) = (form.get("name"), form.get("email"));
    let made = if email_address::EmailAddress::is_valid(email) {
        people
            .create_owner(&token, (name, email), form.raw("password"))
            .await
    } else {
        Err(AccessError::Invalid {
            field: "email",
            problem: "must be an e-mail address".to_owned(),
        })
    };
    match made {
        Ok(owner) => {
            let logged_in = sessions.begin(owner).await?;
            signed_in(HOME, &logged_in, (&sessions, &state))
        }
        Err(AccessError::Invalid { field, problem }) => {
            let page = Setup {
                theme: theme(&request),
                token: token.into_inner(),
                name: name.to_owned(),
                email: email.to_owned(),
                problem: Some(format!("The {field} {problem}.")),
            };
            let page = Page::new(page).secret();
            Ok(page
                .with_status(StatusCode::UNPROCESSABLE_ENTITY)
                .respond_to(&request))
        }
        Err(AccessError::InvitationExpired) => Err(ended()),
        Err(other) => Err(other.into()),
    }
}

fn ended() -> ApiError {
    ApiError::new(Code::RouteNotFound).with_message(
        "This address makes no owner any more. Each start prints a new one while there is none.",
    )
}

/// Whether this is a development server that is asked from its own computer, by that computer's name. A name of another
/// may lead here too (DNS rebinding), and a proxy may stand in between.
fn is_own_developer(request: &HttpRequest, state: &AppState) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host"];
    let proxied = forwarded
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let address = client::address(request, &[]);
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    state.development
        && !proxied
        && address.is_some_and(|address| address.is_loopback())
        && host.is_some_and(is_loopback_host)
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_computer() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.example:80",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]:1",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
