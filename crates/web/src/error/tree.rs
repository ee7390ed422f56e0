//! JSON as a tree that opens and closes.

use crate::ui::{Markup, escaped, scrubbed};
use askama::filters::Safe;
use serde_json::Value;
use std::fmt::Write;

/// Values that are drawn: more are in the API's answer.
const MOST: usize = 400;

/// How deep values are drawn.
const DEPTH: usize = 12;

/// Characters of a text that are drawn.
const TEXT: usize = 4_000;

/// Draws a value under a name.
#[must_use]
pub fn draw(name: &str, value: &Value) -> Markup {
    let mut html = String::new();
    let mut room = MOST;
    one(&mut html, (name, value), (0, &mut room));
    if room == 0 {
        html.push_str("<div class=\"dim\">and more, in the occurrence as JSON</div>");
    }
    Safe(html)
}

fn one(html: &mut String, (name, value): (&str, &Value), (depth, room): (usize, &mut usize)) {
    if *room == 0 {
        return;
    }
    *room -= 1;
    let key = escaped(name);
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => {
            let _ = write!(
                html,
                "<div><span class=\"key\">{key}</span> {}</div>",
                leaf(value)
            );
            return;
        }
    };
    let open = if depth < 2 && members.len() <= 12 {
        " open"
    } else {
        ""
    };
    let _ = write!(
        html,
        "<details{open}><summary>{key} <span class=\"dim\">{}</span></summary><div>",
        members.len()
    );
    if depth < DEPTH {
        for (name, value) in members {
            one(html, (&name, value), (depth + 1, room));
        }
    } else {
        html.push_str("<div class=\"dim\">…</div>");
    }
    html.push_str("</div></details>");
}

fn leaf(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let cut = text
                .char_indices()
                .nth(TEXT)
                .map_or(text.len(), |(at, _)| at);
            let more = if cut < text.len() { "…" } else { "" };
            format!(
                "<span class=\"s\">{}{more}</span>",
                scrubbed(&text[..cut]).0
            )
        }
        other => format!("<span class=\"d\">{}</span>", escaped(&other.to_string())),
    }
}

/// A value on one line, as text: strings as they are.
#[must_use]
pub fn line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree_is_bounded_and_text() {
        let wide = json!((0..5_000).collect::<Vec<_>>());
        assert!(draw("a", &wide).0.len() < 60_000);
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert!(draw("a", &deep).0.contains('…'));
        let hostile = draw("<b>", &json!({ "<i>": "<script>[Filtered]" })).0;
        assert!(
            !hostile.contains("<b>") && !hostile.contains("<i>") && !hostile.contains("<script")
        );
        assert!(hostile.contains("class=\"filtered\""));
    }
}
