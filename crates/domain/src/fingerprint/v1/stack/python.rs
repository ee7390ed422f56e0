//! Parses stack traces of Python: chains, exception groups, and the marks under the code that 3.11 added.

use super::super::frame::{Frame, Origin, in_app, path};
use super::{Call, Exception, Trace, header};

/// Whether only Python prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(unframed(line)).is_some()
}

/// The line without the border of an exception group.
fn unframed(line: &str) -> &str {
    line.trim_start_matches(['|', '+', ' ', '\t'])
}

/// `File "path", line 12, in name` or, for a syntax error, without a name.
fn call(line: &str) -> Option<Call<'_>> {
    let rest = line.strip_prefix("File \"")?;
    let (file, rest) = rest.split_once('"')?;
    let rest = rest.strip_prefix(", line ")?;
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    Some(Call {
        name: after
            .strip_prefix(", in ")
            .unwrap_or("<module>")
            .trim_ascii(),
        file,
        line: rest[..rest.len() - after.len()].parse().unwrap_or(0),
        ..Call::default()
    })
}

/// Reads the text. Python prints causes first and frames outermost first: both are turned round.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut blocks: Vec<Exception<'_>> = Vec::new();
    let (mut open, mut grouped, mut valued) = (false, false, false);
    for line in text.lines() {
        let bare = unframed(line.trim_ascii());
        if bare.starts_with("Traceback (most recent call last)")
            || bare.starts_with("Exception Group Traceback")
        {
            let grouping = bare.starts_with("Exception Group");
            blocks.push(Exception {
                grouped,
                ..Exception::default()
            });
            grouped |= grouping;
            (open, valued) = (true, false);
        } else if let Some(call) = call(bare) {
            if !open {
                blocks.push(Exception::default());
                (open, valued) = (true, false);
            }
            if let Some(block) = blocks.last_mut() {
                block.calls.push(call);
            }
        } else if open
            && !bare.starts_with(['^', '~'])
            && is_outside_of_code(line)
            && let Some((name, value)) = header::split(bare)
            && let Some(block) = blocks.last_mut()
        {
            block.type_name = name.into();
            block.value = value;
            (open, valued) = (false, true);
        } else if open {
            show_source(blocks.last_mut(), bare);
        } else if valued && !bare.is_empty() && !bare.starts_with('-') {
            if let Some(block) = blocks.last_mut() {
                block.goes_on(text, bare);
            }
        } else {
            valued = false;
        }
    }
    for block in &mut blocks {
        block.turn();
    }
    if !grouped {
        blocks.reverse();
    }
    Trace::new(&super::PYTHON, blocks)
}

/// Takes the line for the source line of the last call, when it is the first one after it.
fn show_source<'a>(block: Option<&mut Exception<'a>>, line: &'a str) {
    if let Some(call) = block.and_then(|block| block.calls.last_mut())
        && call.source.is_empty()
        && !line.starts_with(['^', '~', '['])
    {
        call.source = line;
    }
}

/// Code is indented by four or more below `File`; a header is not, unless a logger indents all.
fn is_outside_of_code(line: &str) -> bool {
    let indent = line.len() - line.trim_ascii_start().len();
    let text = line.trim_ascii_start();
    let word = &text.as_bytes()[..memchr::memchr(b' ', text.as_bytes()).unwrap_or(text.len())];
    let word = word.strip_suffix(b":").unwrap_or(word);
    indent < 4 || text.starts_with('|') || word.ends_with(b"Error") || word.ends_with(b"Exception")
}

/// Reads a call. Comprehensions were functions of their own until 3.12: they never count. SDKs send the module, whose
/// last part is what its file is called.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    if matches!(
        call.name,
        "<listcomp>" | "<dictcomp>" | "<setcomp>" | "<genexpr>"
    ) {
        return None;
    }
    let name = call.name.rsplit('.').next().unwrap_or(call.name);
    let function = match name {
        "<lambda>" | "<unknown>" => "",
        name => name,
    };
    let module = match call.module {
        "" | "__main__" => path::package_module(call.file),
        module => module.rsplit('.').next().unwrap_or(module),
    };
    let origin = match in_app::of_path(call.longest_path()) {
        Origin::Own if is_builtin_module(call) => Origin::Runtime,
        origin => origin,
    };
    Some(Frame::new(module, function, origin))
}

/// Whether the file is no file: modules of the interpreter are called `<frozen importlib._bootstrap>`.
fn is_builtin_module(call: &Call<'_>) -> bool {
    call.file.starts_with('<') && call.file.ends_with('>')
}
