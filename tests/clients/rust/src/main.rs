//! Reports as an application with the crate `sentry` does: shop SCENARIO NUMBER, with DSN set.

use sentry::protocol::{Breadcrumb, User};
use sentry::{ClientOptions, Level};
use std::num::ParseIntError;
use std::time::Duration;

#[derive(Debug)]
struct PaymentError {
    order: u64,
    source: ParseIntError,
}

impl std::fmt::Display for PaymentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let order = self.order;
        write!(f, "order {order} was refused by bank {}", order * 7)
    }
}

impl std::error::Error for PaymentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

fn charge(order: u64) -> Result<u64, PaymentError> {
    "x".parse().map_err(|source| PaymentError { order, source })
}

fn report(order: u64) {
    sentry::configure_scope(|scope| {
        scope.set_user(Some(User {
            id: Some("7".into()),
            email: Some("ada@example.com".into()),
            ..User::default()
        }));
        scope.set_tag("region", "eu");
    });
    sentry::add_breadcrumb(Breadcrumb {
        category: Some("cart".into()),
        message: Some("cart opened".into()),
        ..Breadcrumb::default()
    });
    if let Err(error) = charge(order) {
        println!("{}", sentry::capture_error(&error).simple());
    }
}

#[inline(never)]
fn checkout(order: u64) {
    panic!("order {order} was refused by bank {}", order * 7);
}

fn flood(count: u64) {
    for number in 0..count {
        sentry::capture_message(&format!("flood {number}"), Level::Error);
        if let Some(client) = sentry::Hub::current().client() {
            client.flush(Some(Duration::from_secs(5)));
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = arguments[2].parse().expect("a number");
    let mut options = ClientOptions::default();
    options.release = Some("shop@1.4.2".into());
    options.environment = Some("staging".into());
    options.shutdown_timeout = Duration::from_secs(10);
    let dsn = std::env::var("DSN").expect("DSN is set");
    let _client = sentry::init((dsn, options));
    match arguments[1].as_str() {
        "report" => report(number),
        "crash" => checkout(number),
        "message" => {
            sentry::capture_message("disk almost full", Level::Warning);
        }
        "flood" => flood(number),
        other => panic!("no scenario {other}"),
    }
}
