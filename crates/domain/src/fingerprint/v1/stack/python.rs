//! Parses stack traces of Python: chains, exception groups, and the marks under the code that 3.11 added.

use super::super::frame::{Frame, Origin, holds, in_app, path};
use super::{Call, Exception, Trace, header};

/// What Python prints between exceptions, on a line of its own (`traceback.py`). Logs may leave out the empty lines around.
const CHAINS: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

/// Whether only Python prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(unframed(line)).is_some()
}

/// The line without the border of an exception group.
fn unframed(line: &str) -> &str {
    line.trim_start_matches(['|', '+', ' ', '\t'])
}

/// The file of a notebook's cell, whose number and hash say nothing.
const CELL: &str = "<ipython-input>";

/// `File "path", line 12, in name`, for a syntax error without a name, or what IPython prints.
fn call(line: &str) -> Option<Call<'_>> {
    let Some(rest) = line.strip_prefix("File \"") else {
        return ipython(line);
    };
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

/// IPython's frames: `path.py in name(arguments)`, `File path.py:12, in name(arguments)`, and cells: `<ipython-input-3-1a>
/// in <module>`, `Cell In[3], line 2`, `Input In [3], in <cell line: 2>()`.
fn ipython(line: &str) -> Option<Call<'_>> {
    if let Some(linked) = linked(line) {
        return Some(linked);
    }
    // Cheap first: most lines that are no frame end here.
    if !matches!(
        line.as_bytes().first(),
        Some(b'<' | b'/' | b'~' | b'.' | b'F' | b'C' | b'I' | b'A'..=b'Z' | b'a'..=b'z')
    ) || !line.ends_with([')', '>'])
        && !line.starts_with("Cell In")
        && !line.starts_with("File ")
    {
        return None;
    }
    if line.starts_with("<ipython-input-")
        || line.starts_with("Cell In")
        || line.starts_with("Input In [")
    {
        let name = line.split_once(" in ").map_or("<module>", |(_, name)| name);
        let name = name.split('(').next().unwrap_or(name);
        let name = if name.starts_with('<') {
            "<module>"
        } else {
            name
        };
        return Some(Call {
            name,
            file: CELL,
            ..Call::default()
        });
    }
    if !line.starts_with("File ") && !holds(line, ".py in ") {
        return None;
    }
    let (place, name) = match line.strip_prefix("File ") {
        Some(rest) => rest.split_once(", in ")?,
        None => line
            .split_once(".py in ")
            .map(|(front, name)| (&line[..front.len() + 3], name))?,
    };
    let call = Call::at(name.split('(').next().unwrap_or(name), place);
    (call.file.ends_with(".py") && name.ends_with([')', '>'])).then_some(call)
}

/// A frame that a hosted notebook links to its source: `[/usr/lib/cart.py](https://...) in total(self)`.
fn linked(line: &str) -> Option<Call<'_>> {
    let (file, rest) = line.strip_prefix('[')?.split_once("](")?;
    let (_, name) = rest.split_once(") in ")?;
    let cell = file.starts_with("<ipython-input-");
    let name = name.split('(').next().unwrap_or(name);
    (cell || file.ends_with(".py")).then(|| Call {
        name: if name.starts_with('<') {
            "<module>"
        } else {
            name
        },
        file: if cell { CELL } else { file },
        ..Call::default()
    })
}

/// The code of the line that IPython points at: `---> 12 code`.
fn pointed_at(line: &str) -> Option<&str> {
    let numbered = line.trim_start_matches('-').strip_prefix("> ")?;
    let code = numbered.trim_start_matches(|c: char| c.is_ascii_digit());
    (line.starts_with('-') && code.len() < numbered.len()).then(|| code.trim_ascii())
}

/// Reads the text. Python prints causes first and frames outermost first: both are turned round.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut blocks: Vec<Exception<'_>> = Vec::new();
    let (mut open, mut grouped, mut valued) = (false, false, false);
    for line in text.lines() {
        let bare = unframed(line.trim_ascii());
        if bare.starts_with("Exception Group Traceback")
            || bare.ends_with("Traceback (most recent call last)")
            || bare.ends_with("Traceback (most recent call last):")
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
        } else if valued && !bare.is_empty() && !bare.starts_with('-') && !CHAINS.contains(&bare) {
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
    let Some(call) = block.and_then(|block| block.calls.last_mut()) else {
        return;
    };
    if let Some(code) = pointed_at(line) {
        call.source = code;
    } else if call.source.is_empty()
        && !line.starts_with(['^', '~', '[', '-'])
        && !line.starts_with(|c: char| c.is_ascii_digit())
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
        Origin::Own if is_builtin_module(call) && call.file != CELL => Origin::Runtime,
        origin => origin,
    };
    Some(Frame::new(module, function, origin))
}

/// Whether the file is no file: modules of the interpreter are called `<frozen importlib._bootstrap>`.
fn is_builtin_module(call: &Call<'_>) -> bool {
    call.file.starts_with('<') && call.file.ends_with('>')
}
