//! Reads stack traces of languages that have no parser here, by what all of them print: a function and its place, which is
//! a file with a line. Lua, OCaml, Julia, Haskell, Erlang, Nim, Zig, Crystal, R and PowerShell write them that way.

use super::super::frame::{Frame, Origin, in_app, path};
use super::{Call, Trace, header, lines};
use std::borrow::Cow;

/// Fewer calls are prose that mentions a file.
const FEWEST: usize = 2;
/// How many of a text's lines are read.
const LINES: usize = 256;
/// Longest line that is a call, in bytes.
const LONGEST: usize = 512;
/// Longest extension of a file of source code, in bytes.
const LONGEST_EXTENSION: usize = 8;

/// Words around a function's name.
#[rustfmt::skip]
const AROUND: &[&str] = &[
    "at", "by", "call", "called", "char", "character", "characters", "chunk", "exe", "expression", "field", "file", "from",
    "function", "global", "in", "inlined", "line", "local", "main", "method", "of", "on", "operation", "primitive", "raised",
    "scope", "starting", "top-level", "upvalue",
];

/// Modules of Erlang's kernel and stdlib that call those of an application: its crash reports name no folder.
#[rustfmt::skip]
const OTP: &[&str] = &[
    "application_master", "erl_eval", "erlang", "gen", "gen_event", "gen_server", "gen_statem", "lists", "maps", "proc_lib",
    "shell", "supervisor", "timer",
];

/// Whether the module is of Erlang's kernel or stdlib and calls those of an application.
pub(super) fn is_otp(module: &str) -> bool {
    OTP.contains(&module)
}

/// No text is of it by a single line: see [`parse`].
pub(super) fn recognizes(_: &str) -> bool {
    false
}

/// Reads the text. No calls where fewer than two lines have a place.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::PLACES, Vec::new());
    let placed = lines(text)
        .take(LINES)
        .filter(|line| line.len() <= LONGEST && place(line).is_some());
    if placed.take(FEWEST).count() < FEWEST {
        return trace;
    }
    let mut before = "";
    let mut callees = false;
    for line in lines(text).take(LINES) {
        let Some((call, callee)) = call(line, before) else {
            before = line;
            if trace.has_calls() {
                continue;
            }
            match header::split(line) {
                Some((name, value)) if trace.named(name, value) => {}
                _ if trace.exceptions.is_empty() && !super::is_announcement(line) => {
                    trace.current().value = line;
                }
                _ => {}
            }
            continue;
        };
        callees |= callee;
        trace.current().calls.push(call);
    }
    let current = trace.current();
    // Lua repeats the place of the error before what it says.
    if let [said, first, ..] = current.calls.as_slice()
        && (said.file, said.line) == (first.file, first.line)
    {
        current.calls.remove(0);
    }
    if callees {
        // The name is that of what was called: the function around the place is the next callee.
        let mut outer = current
            .calls
            .iter()
            .map(|call| call.name)
            .skip(1)
            .collect::<Vec<_>>();
        outer.push("");
        for (call, name) in current.calls.iter_mut().zip(outer) {
            call.name = name;
        }
    }
    if text.contains("most recent call last") {
        current.turn();
    }
    if current.calls.len() < FEWEST {
        trace.exceptions.clear();
    }
    trace
}

/// The call of a line, and whether its name is that of what was called. `before` is the line before it.
fn call<'a>(line: &'a str, before: &'a str) -> Option<(Call<'a>, bool)> {
    if line.len() > LONGEST {
        return None;
    }
    let (start, place, end) = place(line)?;
    let (front, behind) = (&line[..start], &line[end..]);
    // Julia prints the place below the function.
    let name = match front.strip_prefix("@ ") {
        Some(_) => name(before.split_once("] ").map_or(before, |(_, name)| name)),
        None => match name(behind.trim_start_matches([':', ')', '"', ','])) {
            "" => name(front),
            // `0x1034a2b in wind (reel)`, `in function 'add'`.
            behind if !front.contains(", called at") => behind,
            _ => name(front),
        },
    };
    let callee = front.ends_with(", called at ");
    Some((Call { name, ..place }, callee))
}

/// A file with its line in the text: where it starts, what it is, and where it ends.
fn place(line: &str) -> Option<(usize, Call<'_>, usize)> {
    let bytes = line.as_bytes();
    let mut from = 0;
    while let Some(dot) = memchr::memchr(b'.', &bytes[from..]).map(|at| from + at) {
        from = dot + 1;
        let extension = bytes[from..]
            .iter()
            .take(LONGEST_EXTENSION + 1)
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        if extension == 0 || extension > LONGEST_EXTENSION || !bytes[from].is_ascii_alphabetic() {
            continue;
        }
        let ends = from + extension;
        let Some((number, end)) = line_number(line, ends) else {
            continue;
        };
        let start = line[..dot]
            .rfind(|c: char| c.is_whitespace() || "\"'`(,<>[];=".contains(c))
            .map_or(0, |at| {
                at + line[at..].chars().next().map_or(1, char::len_utf8)
            });
        let file = &line[start..ends];
        // A number in parentheses is the argument of a call, unless the line begins with it.
        let argument = start > 0 && line[ends..].starts_with('(');
        if !argument
            && start < dot
            && (file.contains(['/', '\\']) || !super::super::message::is_host(file))
        {
            let call = Call {
                file,
                line: number,
                ..Call::default()
            };
            return Some((start, call, end));
        }
    }
    None
}

/// The line's number behind a file's name, and where it ends: `:12:5`, `(12)`, `(12, 5)`, `#12`, `, line 12`, `: line 12`,
/// `", line 12`.
fn line_number(line: &str, from: usize) -> Option<(u32, usize)> {
    let rest = &line[from..];
    let bare = rest.strip_prefix('"').unwrap_or(rest);
    let digits = [", line ", ": line ", " line ", ":", "(", "#"]
        .iter()
        .find_map(|mark| bare.strip_prefix(mark))
        .filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let number = digits[..end].parse().unwrap_or(0);
    let after =
        digits[end..].trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-'));
    Some((number, line.len() - after.len()))
}

/// The name of a function in what stands beside a place: what is quoted, else the last word that can be a name.
fn name(text: &str) -> &str {
    for quote in ['\'', '`'] {
        if let Some((_, rest)) = text.split_once(quote)
            && let Some(end) = rest.find(['\'', '`'])
            && !rest[..end].contains(' ')
        {
            return &rest[..end];
        }
    }
    let text = text.split('(').next().unwrap_or(text);
    let can_be = |word: &&str| {
        word.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '<' | '+' | '$'))
            && !is_around(word)
            && !word.contains(['=', '[', '"', ','])
    };
    text.split_ascii_whitespace()
        .map(|word| word.trim_end_matches([',', ':', ')']))
        .rfind(can_be)
        .unwrap_or_default()
}

/// Whether the word only stands around names (`in`, `char:10`).
fn is_around(word: &str) -> bool {
    let word = word.split(':').next().unwrap_or(word);
    AROUND
        .iter()
        .any(|around| around.eq_ignore_ascii_case(word))
}

/// Reads a call.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = call.name.strip_prefix("Dune__exe__").unwrap_or(call.name);
    // Julia prints the files of its own modules relative to them.
    let julias = call.file.starts_with("./") && call.file.ends_with(".jl");
    let otp = name
        .split_once(':')
        .is_some_and(|(module, _)| OTP.contains(&module));
    let origin = if name.starts_with("Stdlib") || julias || otp {
        Origin::Runtime
    } else {
        in_app::of_path(call.longest_path())
    };
    let name = super::strip_number(name, '/').unwrap_or(name);
    let function = match name {
        "__crystal_main" | "main_user_code" => "main",
        name if name.starts_with('<') => "",
        name => name,
    };
    Some(Frame::new(
        Cow::Borrowed(path::stem(call.file)),
        function,
        origin,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_places_are_found_in_any_order() {
        let cases = [
            (
                "game/loot.lua:21: in function 'pickup'",
                "game/loot.lua",
                "pickup",
            ),
            (
                "game/loot.lua:21: in local 'pickup', in upvalue 'x'",
                "game/loot.lua",
                "pickup",
            ),
            ("main.lua:50: in main chunk", "main.lua", ""),
            (
                "Called from Dune__exe__Ledger.owner in file \"bin/ledger.ml\", line 52, characters 12-34",
                "bin/ledger.ml",
                "Dune__exe__Ledger.owner",
            ),
            (
                "/home/u/kiln/src/glaze.nim(12) coat",
                "/home/u/kiln/src/glaze.nim",
                "coat",
            ),
            (
                "/home/u/reel/src/spool.zig:33:20: 0x1034a2b in wind (reel)",
                "/home/u/reel/src/spool.zig",
                "wind",
            ),
            (
                "from src/loom/shuttle.cr:12:5 in 'pass'",
                "src/loom/shuttle.cr",
                "pass",
            ),
            (
                "in function  meter:rate/2 (src/meter.erl, line 45)",
                "src/meter.erl",
                "meter:rate/2",
            ),
            (
                "at Send-Report, C:\\ops\\report.psm1: line 40",
                "C:\\ops\\report.psm1",
                "Send-Report",
            ),
            (
                "At C:\\scripts\\collect.ps1:14 char:10",
                "C:\\scripts\\collect.ps1",
                "",
            ),
            ("3: fit(x, y) at model.R#12", "model.R", "fit"),
        ];
        for (line, file, name) in cases {
            let (call, _) = call(line, "").unwrap_or_default();
            assert_eq!((call.file, call.name), (file, name), "{line}");
        }
        for line in [
            "connect to db.example.com:5432",
            "took 1.5:3",
            "see a.b.c",
            "",
        ] {
            assert_eq!(call(line, ""), None, "{line}");
        }
    }
}
