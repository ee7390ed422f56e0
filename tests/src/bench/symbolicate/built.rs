//! A minified script with its source map, as large as wanted.

use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Functions of a source.
const FUNCTIONS: usize = 20;
/// Bytes of a map that a source makes, about.
const A_SOURCE: usize = 2_300;

/// What a bundler made.
pub struct Built {
    /// The script, on one line.
    pub script: String,
    /// Its map.
    pub map: Value,
    /// Where each function throws, from column 0.
    throws: Vec<u32>,
}

impl Built {
    /// A script whose map has so many bytes, about; `number` makes it another one.
    pub fn new(bytes: usize, number: usize) -> Self {
        let mut built = Writer::default();
        let sources = (bytes / A_SOURCE).max(1);
        for source in 0..sources {
            built.add_source(source, number);
        }
        let names: Vec<&str> = built.names.iter().map(String::as_str).collect();
        Self {
            map: json!({
                "version": 3, "sources": built.sources, "sourcesContent": built.contents, "names": names,
                "mappings": built.mappings,
            }),
            script: built.script,
            throws: built.throws,
        }
    }

    /// The context of an event with so many frames, spread over the script.
    pub fn context(&self, debug_id: &str, frames: usize) -> Map<String, Value> {
        let event = self.event(debug_id, frames);
        let context = json!({
            "platform": "javascript", "debug_meta": event["debug_meta"],
            "exception": event["exception"]["values"],
        });
        context.as_object().cloned().unwrap_or_default()
    }

    /// An event with so many frames, as SDKs of browsers send it.
    pub fn event(&self, debug_id: &str, frames: usize) -> Value {
        let step = (self.throws.len() / frames).max(1);
        let frames: Vec<Value> = (0..frames)
            .map(|frame| {
                let column = self.throws[frame * step % self.throws.len()] + 1;
                json!({
                    "filename": "https://shop.example/shop.js", "function": "?", "lineno": 1, "colno": column,
                    "in_app": true,
                })
            })
            .collect();
        json!({
            "platform": "javascript", "level": "error",
            "debug_meta": { "images": [
                { "type": "sourcemap", "code_file": "https://shop.example/shop.js", "debug_id": debug_id },
            ] },
            "exception": { "values": [
                { "type": "StepError", "value": "Step failed", "stacktrace": { "frames": frames } },
            ] },
        })
    }
}

#[derive(Default)]
struct Writer {
    script: String,
    mappings: String,
    sources: Vec<String>,
    contents: Vec<String>,
    names: Vec<String>,
    throws: Vec<u32>,
    /// Column of the script, source, line, column and name of the last mapping.
    last: [i64; 5],
}

impl Writer {
    fn add_source(&mut self, source: usize, number: usize) {
        let mut content = String::new();
        for function in 0..FUNCTIONS {
            let line = function * 4;
            let name = format!("step{source}_{function}");
            let text = format!(
                "function {name}(order) {{\n  if (!order.items) throw new StepError(order.id)\n  return order.items.{function}\n}}\n"
            );
            content.push_str(&text);
            self.names.push(name);
            let id = self.names.len() - 1;
            self.token("function ", (source, line, 0), None);
            self.token(&format!("a{id}"), (source, line, 9), Some(id));
            self.token("(b){", (source, line, 20), None);
            self.token("if(!b.items)", (source, line + 1, 2), None);
            self.throws.push(self.column());
            self.token("throw new ", (source, line + 1, 20), None);
            self.token("c(b.id);", (source, line + 1, 30), None);
            self.token("return b.items.d}", (source, line + 2, 2), None);
        }
        self.sources
            .push(format!("webpack://shop{number}/./src/step{source}.ts"));
        self.contents.push(content);
    }

    fn column(&self) -> u32 {
        u32::try_from(self.script.len()).unwrap_or(u32::MAX)
    }

    fn token(
        &mut self,
        text: &str,
        (source, line, column): (usize, usize, usize),
        name: Option<usize>,
    ) {
        if !self.mappings.is_empty() {
            self.mappings.push(',');
        }
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let mut now = self.last;
        now[0] = i64::from(self.column());
        now[1..4].copy_from_slice(&[number(source), number(line), number(column)]);
        if let Some(name) = name {
            now[4] = number(name);
        }
        let fields = if name.is_some() { 5 } else { 4 };
        for (now, last) in now.iter().zip(self.last).take(fields) {
            self.vlq(now - last);
        }
        self.last = now;
        self.script.push_str(text);
    }

    /// Writes a number as source maps do: base 64, five bits a digit, the sign last.
    fn vlq(&mut self, number: i64) {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut rest = number.unsigned_abs() << 1 | u64::from(number < 0);
        loop {
            let more = u64::from(rest > 31) << 5;
            let digit = DIGITS[(rest & 31 | more) as usize];
            let _ = self.mappings.write_char(char::from(digit));
            rest >>= 5;
            if more == 0 {
                return;
            }
        }
    }
}
