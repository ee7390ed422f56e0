//! An event as SDKs for Python send it, of 2.9 KB with ten frames, and a report of the same content.

use crate::load::name;
use crate::request::NO_EVENT_ID;
use serde_json::{Value, json};

/// Frames, the innermost last.
fn frames(number: usize) -> Vec<Value> {
    let frame = |depth: usize| {
        let function = match depth {
            9 => format!("run_{}", name(number)),
            _ => format!("handle_{}", name(depth)),
        };
        json!({
            "filename": format!("shop/layer_{}.py", name(depth)),
            "abs_path": format!("/srv/app/shop/layer_{}.py", name(depth)),
            "function": function,
            "module": format!("shop.layer_{}", name(depth)),
            "lineno": 10 + depth,
            "context_line": "        return self.next(order)",
            "in_app": true,
        })
    };
    (0..10).map(frame).collect()
}

fn exceptions(number: usize, serial: usize) -> Value {
    json!([{
        "type": "StepError",
        "value": format!("Order {serial} failed in step {}", name(number)),
        "module": "shop.errors",
        "mechanism": { "type": "django", "handled": false },
        "stacktrace": { "frames": frames(number) },
    }])
}

fn breadcrumbs(serial: usize) -> Value {
    json!([{ "type": "default", "category": "query", "message": format!("SELECT * FROM orders WHERE id = {serial}"), "level": "info" }])
}

fn contexts() -> Value {
    json!({
        "runtime": { "name": "CPython", "version": "3.12.3" },
        "trace": { "trace_id": "771a43a4192642f0b136d5159a501700", "span_id": "b0e6f15b45c36b12", "op": "http.server" },
    })
}

fn request(serial: usize) -> Value {
    json!({
        "url": format!("https://shop.example.com/orders/{serial}"),
        "method": "POST",
        "headers": { "Host": "shop.example.com", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)" },
    })
}

/// An event; `number` says which error it is, `serial` varies in it.
pub fn event(number: usize, serial: usize) -> Value {
    json!({
        "level": "error",
        "platform": "python",
        "exception": { "values": exceptions(number, serial) },
        "breadcrumbs": { "values": breadcrumbs(serial) },
        "contexts": contexts(),
        "request": request(serial),
        "user": { "id": serial },
        "tags": { "region": "eu-west-1" },
        "transaction": "/orders/{id}",
        "server_name": "web-1",
        "release": "shop@1.4.2",
        "environment": "production",
        "sdk": { "name": "sentry.python.django", "version": "2.75.0" },
    })
}

/// The same as a report of our own.
pub fn report(number: usize, serial: usize) -> Value {
    let title = format!("StepError: Order {serial} failed in step {}", name(number));
    let lines = frames(number).into_iter().rev().map(|frame| {
        let text = |field: &str| frame[field].as_str().unwrap_or_default().to_owned();
        format!(
            "\n    at {}.{} ({}:{})",
            text("module"),
            text("function"),
            text("filename"),
            frame["lineno"]
        )
    });
    json!({
        "event_id": NO_EVENT_ID,
        "level": "error",
        "message": title,
        "source": "backend",
        "stack_trace": format!("{title}{}", lines.collect::<String>()),
        "url": format!("https://shop.example.com/orders/{serial}"),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "user": { "id": serial },
        "tags": { "region": "eu-west-1" },
        "release": "shop@1.4.2",
        "environment": "production",
        "context": {
            "platform": "python",
            "exception": exceptions(number, serial),
            "breadcrumbs": breadcrumbs(serial),
            "contexts": contexts(),
            "request": request(serial),
            "transaction": "/orders/{id}",
            "server_name": "web-1",
            "sdk": { "name": "sentry.python.django", "version": "2.75.0" },
        },
    })
}
