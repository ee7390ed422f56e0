//! Parses stack traces of C#, F# and VB: .NET and Mono.

use super::super::frame::{Frame, Origin, function, in_app};
use super::{Call, Exception, Trace, header};
use std::borrow::Cow;

/// What stands before a call in English. Other languages print another word, which the shape of the rest tells.
const AT: &str = "at";
/// Most bytes of the word for `at`.
const LONGEST_WORD: usize = 24;

/// Whether only .NET prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    let Some((word, rest)) = line.split_once(' ') else {
        return false;
    };
    match word {
        AT => call(rest).is_some(),
        _ => is_word(word) && call(rest).is_some_and(|call| is_written_by_dotnet(&call, rest)),
    }
}

/// Whether the text can be a language's word for `at` (`bei`, `在`, `konum:`).
fn is_word(word: &str) -> bool {
    let word = word.strip_suffix(':').unwrap_or(word);
    // Text in another encoding holds what stands for bytes that could not be read.
    let letter = |c: char| c.is_alphabetic() || c == char::REPLACEMENT_CHARACTER;
    !word.is_empty() && word.len() <= LONGEST_WORD && word.chars().all(letter)
}

/// Whether names and arguments are as .NET prints them: a class and a method with capital letters, and arguments by type
/// and name.
fn is_written_by_dotnet(call: &Call<'_>, rest: &str) -> bool {
    let upper = |name: &str| name.starts_with(|c: char| c.is_uppercase() || c == '<');
    let class = call.module.rsplit(['.', '+']).next().unwrap_or_default();
    let is_named = upper(class) && (upper(call.name) || matches!(call.name, "ctor" | "cctor"));
    let Some((_, arguments)) = rest.split_once('(') else {
        return false;
    };
    let arguments = arguments.split(')').next().unwrap_or(arguments);
    is_named
        && (arguments.is_empty()
            || arguments
                .split(", ")
                .all(|argument| argument.trim_ascii().contains(' ')))
}

/// `Ns.Class.Method(Type argument) in path:line 12`, or Mono's `Ns.Class.Method (Ns.Type argument) [0x0001] in
/// <hash>:0`, without the word before it.
fn call(rest: &str) -> Option<Call<'_>> {
    // What ends one of several inner exceptions.
    let rest = rest.strip_suffix("<---").unwrap_or(rest);
    let name = if rest.starts_with("(wrapper ") {
        &rest[rest.find(") ")? + 2..]
    } else {
        rest
    };
    let name = function::without_arguments(name);
    let after = rest[rest.len().min(name.len())..].trim_ascii_start();
    let arguments = after.starts_with('(') || rest.starts_with('(');
    if !arguments || name.contains(' ') || name.contains(['/', '\\']) || !name.contains('.') {
        return None;
    }
    let (_, tail) = after.split_once(')')?;
    let tail = tail.trim_ascii();
    if !tail.is_empty() && !tail.starts_with('[') && !tail.contains(':') {
        return None;
    }
    let name = without_type_arguments(name);
    let split = name.trim_end_matches('.').rfind('.')?;
    let split = if name[..split].ends_with('.') {
        split - 1
    } else {
        split
    };
    let (file, line) = place(tail);
    Some(Call {
        file,
        line,
        ..Call::of(&name[..split], name[split + 1..].trim_start_matches('.'))
    })
}

/// File and line of `in C:\shop\Cart.cs:line 12`, whatever the words are.
fn place(tail: &str) -> (&str, u32) {
    let Some((_, place)) = tail.split_once(' ') else {
        return ("", 0);
    };
    let digits = place.bytes().rev().take_while(u8::is_ascii_digit).count();
    let line = place[place.len() - digits..].parse().unwrap_or(0);
    let file = place.rsplit_once(':').map_or(place, |(file, _)| file);
    if file.starts_with('<') || digits == 0 {
        return ("", 0);
    }
    (file, line)
}

/// The name without the type arguments of the method (`Read[T]`, `Read<System.Int32>`).
fn without_type_arguments(name: &str) -> &str {
    let open = match name.as_bytes().last() {
        Some(b']') => name.rfind('['),
        Some(b'>') => name.rfind('<'),
        _ => None,
    };
    match open {
        Some(at) if at > 0 && name.as_bytes()[at - 1] != b'.' => &name[..at],
        _ => name,
    }
}

/// Reads the text. `--->` announces an inner exception, whose frames come first; `<---` ends one of several.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut reading = Reading {
        trace: Trace::new(&super::DOTNET, Vec::new()),
        open: Vec::new(),
        word: text.lines().find_map(|line| {
            let line = line.trim_ascii();
            recognizes(line).then(|| line.split(' ').next().unwrap_or(AT))
        }),
    };
    for line in text.lines() {
        reading.line(text, line);
    }
    reading.trace
}

struct Reading<'a> {
    trace: Trace<'a>,
    /// The exceptions whose frames may still follow, by index.
    open: Vec<usize>,
    /// The word that this text has for `at`.
    word: Option<&'a str>,
}

impl<'a> Reading<'a> {
    fn line(&mut self, text: &'a str, line: &'a str) {
        let bare = line.trim_ascii();
        let rest = self
            .word
            .and_then(|word| bare.strip_prefix(word)?.strip_prefix(' '));
        if let Some(call) = rest.and_then(call) {
            self.call(call);
        } else if is_end_of_inner(line, bare) {
            self.close();
        } else if self.trace.has_calls() && !bare.starts_with("---> ") {
            // What the runtime says between the frames.
        } else if let Some((first, inner)) = bare.split_once("---> ") {
            if !first.trim_ascii().is_empty() {
                self.header(first.trim_ascii_end());
            }
            inner
                .split("---> ")
                .for_each(|part| self.inner(part.trim_ascii_end()));
        } else if self.open.len() > 1 || !self.header(bare) {
            self.trace.goes_on(text, bare);
        }
        if bare.ends_with("<---") {
            self.close();
        }
    }

    fn call(&mut self, call: Call<'a>) {
        if self.trace.exceptions.is_empty() {
            self.trace.exceptions.push(Exception::default());
            self.open.push(0);
        }
        let at = self.open.last().copied().unwrap_or_default();
        self.trace.exceptions[at].push(call);
    }

    fn close(&mut self) {
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// Takes the line for the one that names the exception.
    fn header(&mut self, line: &'a str) -> bool {
        let Some((name, value)) = header::split(line) else {
            return false;
        };
        let named = self.trace.named(name, value);
        if self.open.is_empty() {
            self.open.push(0);
        }
        named
    }

    fn inner(&mut self, line: &'a str) {
        let line = line
            .strip_prefix("(Inner Exception #")
            .and_then(|numbered| numbered.split_once(") "))
            .map_or(line, |(_, rest)| rest);
        let (name, value) = header::split(line).unwrap_or(("", line));
        self.open.push(self.trace.exceptions.len());
        self.trace.exceptions.push(Exception::named(name, value));
    }
}

/// `--- End of inner exception stack trace ---` in any language: it is indented, and what separates the frames of one
/// exception that was thrown again (`--- End of stack trace from previous location ---`) is not.
fn is_end_of_inner(line: &str, bare: &str) -> bool {
    bare.starts_with("--- ")
        && bare.ends_with(" ---")
        && (line.starts_with(' ') || bare.starts_with("--- End of inner "))
}

/// Reads a call by class and method as written: of `Client+<FetchAsync>d__5.MoveNext` they are `Client` and
/// `FetchAsync`, of `Program+<>c__DisplayClass0_0.<Main>b__1` `Program` and `Main`. SDKs may send the whole signature
/// (`async Task<T> Fetch(int id)`) for the method.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let method = function::without_arguments(call.name);
    let method = without_type_arguments(method);
    let (class, method) = match call.module {
        "" => method.rsplit_once('.').unwrap_or(("", method)),
        class => (class, method),
    };
    let method = method.rsplit(' ').next().unwrap_or(method);
    let within = |table: &[&str]| {
        in_app::starts_among(table, class)
            || table
                .iter()
                .any(|root| root.strip_suffix('.') == Some(class))
    };
    let origin = if within(in_app::DOTNET) {
        Origin::Library
    } else if within(in_app::DOTNET_RUNTIME) {
        Origin::Runtime
    } else {
        Origin::Own
    };
    let written = angled(method).or_else(|| class.rsplit(['+', '.']).find_map(angled));
    let method = match written {
        Some(name) if matches!(method, "MoveNext") || method.starts_with('<') => name,
        _ => method.trim_start_matches('.'),
    };
    let method = method.split(['[', '`', '<']).next().unwrap_or(method);
    // F#'s closures are classes of the function's name and line: `Prices.total@22-1.Invoke`.
    let closure = class.rsplit_once(['.', '+']).and_then(|(outer, name)| {
        let (name, line) = name.split_once('@')?;
        line.starts_with(|c: char| c.is_ascii_digit())
            .then_some((outer, name))
    });
    let (class, method) = closure.unwrap_or((class, method));
    if method.is_empty() {
        return None;
    }
    Some(Frame::new(class_name(class), method, origin))
}

/// What stands in angle brackets, when anything does.
fn angled(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('<')?;
    let (inner, _) = inner.split_once('>')?;
    (!inner.is_empty()).then_some(inner)
}

fn class_name(class: &str) -> Cow<'_, str> {
    let generated = class.find("+<").or_else(|| class.find(".<"));
    let class = generated.map_or(class, |at| &class[..at]);
    if class.contains(['`', '[']) {
        let bare = function::without_nested(class, b'[', b']');
        let kept: String = bare
            .split('.')
            .map(|part| part.split('`').next().unwrap_or(part))
            .collect::<Vec<_>>()
            .join(".");
        return Cow::Owned(kept);
    }
    function::without_nested(class, b'<', b'>')
}
