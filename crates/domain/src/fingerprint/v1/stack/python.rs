//! Parses stack traces of Python: chains, exception groups, and the marks under the code that 3.11 added.

use super::super::frame::{Frame, Site, in_app, path};
use super::{Exception, Trace, header};

/// Whether only Python prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(unframed(line)).is_some()
}

/// The line without the border of an exception group.
fn unframed(line: &str) -> &str {
    line.trim_start_matches(['|', '+', ' ', '\t'])
}

/// `File "path", line 12, in name` or, for a syntax error, without a name.
fn call(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("File \"")?;
    let (file, rest) = rest.split_once('"')?;
    let rest = rest.strip_prefix(", line ")?;
    let name = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    Some((
        file,
        name.strip_prefix(", in ")
            .unwrap_or("<module>")
            .trim_ascii(),
    ))
}

/// Reads the text. Python prints causes first and frames outermost first: both are turned round.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut blocks: Vec<Exception<'_>> = Vec::new();
    let mut open = false;
    let mut grouped = false;
    for line in text.lines() {
        let bare = unframed(line.trim_ascii());
        if bare.starts_with("Traceback (most recent call last)")
            || bare.starts_with("Exception Group Traceback")
        {
            grouped |= bare.starts_with("Exception Group");
            blocks.push(Exception::default());
            open = true;
        } else if let Some((file, name)) = call(bare) {
            if !open {
                blocks.push(Exception::default());
                open = true;
            }
            if let Some(block) = blocks.last_mut()
                && let Some(frame) = frame(file, name)
            {
                block.push(frame);
            }
        } else if open
            && !bare.starts_with(['^', '~'])
            && is_outside_of_code(line)
            && let Some((name, _)) = header::split(bare)
            && let Some(block) = blocks.last_mut()
        {
            block.type_name = name.into();
            block.header = bare;
            open = false;
        }
    }
    for block in &mut blocks {
        block.frames.reverse();
    }
    if !grouped {
        blocks.reverse();
    }
    Trace::new("python", blocks)
}

/// Code is indented by four or more below `File`; a header is not, unless a logger indents all.
fn is_outside_of_code(line: &str) -> bool {
    let indent = line.len() - line.trim_ascii_start().len();
    let text = line.trim_ascii_start();
    let word = &text.as_bytes()[..memchr::memchr(b' ', text.as_bytes()).unwrap_or(text.len())];
    let word = word.strip_suffix(b":").unwrap_or(word);
    indent < 4 || text.starts_with('|') || word.ends_with(b"Error") || word.ends_with(b"Exception")
}

/// Comprehensions were functions of their own until 3.12: they never count.
fn frame<'a>(file: &'a str, name: &'a str) -> Option<Frame<'a>> {
    if matches!(
        name,
        "<listcomp>" | "<dictcomp>" | "<setcomp>" | "<genexpr>"
    ) {
        return None;
    }
    let name = name.rsplit('.').next().unwrap_or(name);
    let function = if name == "<lambda>" { "" } else { name };
    Some(Frame::raw(function, file, site))
}

fn site(file: &str) -> Site<'_> {
    Site::new(path::package_module(file), !in_app::is_library_path(file))
}
