//! Parses stack traces that are printed as Erlang's terms: `{Module, Function, Arity, [{file, "x.erl"}, {line, 12}]}`, as
//! `erlang:raise/3` documents them.

use super::super::frame::{Frame, Origin};
use super::places::is_otp;
use super::{Call, Exception, Trace};
use memchr::memmem;

/// What begins the place of a call.
const PLACE: &str = "[{file,";
/// Longest part of a text in which a call's function is looked for, in bytes.
const LONGEST: usize = 2048;
/// Longest reason of an exit that is looked at, in bytes.
const LONGEST_REASON: usize = 256;

/// Whether only Erlang prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    line.find(PLACE)
        .is_some_and(|at| line[at..].contains(".erl\"}"))
}

/// Reads the first stack of the text. What follows it repeats it, or tells of the process that started this one.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::ERLANG, Vec::new());
    let mut from = 0;
    for at in memmem::find_iter(text.as_bytes(), PLACE) {
        let Some((file, line, end)) = place(&text[at..]) else {
            break;
        };
        let mut front = at.saturating_sub(LONGEST).max(from);
        while !text.is_char_boundary(front) {
            front += 1;
        }
        let Some((start, module, name)) = function(&text[front..at]) else {
            break;
        };
        let start = front + start;
        // Calls of one stack follow each other directly.
        let joined = text[from..start]
            .bytes()
            .all(|b| b.is_ascii_whitespace() || b == b',');
        if !trace.has_calls() {
            let reason = reason(&text[..start]);
            trace.exceptions.push(Exception::named(reason, ""));
        } else if !joined {
            break;
        }
        trace.current().push(Call {
            file,
            line,
            ..Call::of(module, name)
        });
        from = at + end;
    }
    trace
}

/// File and line of `[{file,"src/x.erl"},{line,12}]}`, and where the call ends.
fn place(text: &str) -> Option<(&str, u32, usize)> {
    let rest = text[PLACE.len()..].trim_ascii_start();
    let quoted = rest.strip_prefix('"')?;
    let (file, rest) = quoted.split_once("\"}")?;
    let digits = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    let digits = digits
        .strip_prefix("{line,")
        .unwrap_or_default()
        .trim_ascii_start();
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let near = &rest.as_bytes()[..rest.len().min(LONGEST)];
    let end = memmem::find(near, b"]}").map_or(0, |at| at + 2);
    (file.len() <= LONGEST).then(|| {
        let line = digits[..length].parse().unwrap_or(0);
        (file, line, text.len() - rest.len() + end)
    })
}

/// Where the call begins whose place follows `front`, its module and its function: `{m,f,2,`, or with the arguments of a
/// call that no clause of the function takes, `{m,f,[A,B],`.
fn function(front: &str) -> Option<(usize, &str, &str)> {
    let before = front.trim_ascii_end().strip_suffix(',')?.trim_ascii_end();
    let arity = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    if arity > 0 {
        let start = before.rfind('{')?;
        let (module, name, _) = named(&before[start..])?;
        return Some((start, module, name));
    }
    before
        .ends_with(']')
        .then(|| {
            before.match_indices('{').find_map(|(start, _)| {
                let (module, name, rest) = named(&before[start..])?;
                rest.starts_with('[').then_some((start, module, name))
            })
        })
        .flatten()
}

/// Module and function of `{module,function,`, and what follows.
fn named(term: &str) -> Option<(&str, &str, &str)> {
    let (module, rest) = atom(term.strip_prefix('{')?)?;
    let (name, rest) = atom(rest.strip_prefix(',')?.trim_ascii_start())?;
    Some((module, name, rest.strip_prefix(',')?.trim_ascii_start()))
}

/// The atom here, without its quotes, and what follows.
fn atom(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        return quoted.split_once('\'');
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '@')
        .unwrap_or(text.len());
    (end > 0 && text.as_bytes()[0].is_ascii_lowercase()).then(|| text.split_at(end))
}

/// The class of the exit whose reason ends `text`: the first atom of `{{badmatch,...},` or `{function_clause,`.
fn reason(text: &str) -> &str {
    let open = text
        .trim_ascii_end()
        .trim_end_matches(['[', ',', ' ', '\n', '\r', '\t']);
    let window = open.len().saturating_sub(LONGEST_REASON);
    let begin = ["** ", ": ", "== ", "reason "]
        .iter()
        .filter_map(|mark| {
            let at = memmem::rfind(open.as_bytes(), mark.as_bytes())?;
            Some(at + mark.len())
        })
        .max()
        .unwrap_or(0);
    if begin < window {
        return "";
    }
    atom(open[begin..].trim_start_matches('{')).map_or("", |(name, _)| name)
}

/// Reads a call. Functions that the compiler lifted out of one (`'-total/2-fun-0-'`) are in it.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = call
        .name
        .strip_prefix('-')
        .and_then(|name| name.split('/').next())
        .unwrap_or(call.name);
    let origin = if is_otp(call.module) {
        Origin::Runtime
    } else {
        Origin::Own
    };
    Some(Frame::new(call.module, name, origin))
}
