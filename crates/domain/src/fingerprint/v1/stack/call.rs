//! One call of a stack trace, as it is printed or sent.

/// One call. Texts are empty and numbers 0 where nothing says them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Call<'a> {
    /// The function.
    pub(in super::super) name: &'a str,
    /// The class, module or package of the function.
    pub(in super::super) module: &'a str,
    /// The application or image that the code was delivered in.
    pub(in super::super) package: &'a str,
    /// The file, without line and column.
    pub(in super::super) file: &'a str,
    /// The whole path, where `file` is only its end. Tells libraries, and nothing else.
    pub(in super::super) path: &'a str,
    /// The line, from 1.
    pub(in super::super) line: u32,
    /// The column, from 1.
    pub(in super::super) column: u32,
    /// The source line of the call.
    pub(in super::super) source: &'a str,
    /// Whether whoever sent it takes it for code of the application.
    pub(in super::super) in_app: Option<bool>,
}

impl<'a> Call<'a> {
    /// A call of `name` in the file of `place` (`file.js:12:5`).
    pub(super) fn at(name: &'a str, place: &'a str) -> Self {
        let (file, line, column) = position(place);
        Self {
            name,
            file,
            line,
            column,
            ..Self::default()
        }
    }

    /// A call of `name` of the class or package `module`.
    pub(super) fn of(module: &'a str, name: &'a str) -> Self {
        Self {
            name,
            module,
            ..Self::default()
        }
    }

    /// The same call, in the file of `place`.
    pub(super) fn in_place(self, place: &'a str) -> Self {
        let (file, line, column) = position(place);
        Self {
            file,
            line,
            column,
            ..self
        }
    }

    /// Whether both are calls of one function, from the same or from another line.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        self.name == other.name && self.module == other.module && self.file == other.file
    }

    /// The most of its path that is known.
    pub(super) fn longest_path(&self) -> &'a str {
        if self.path.is_empty() {
            self.file
        } else {
            self.path
        }
    }
}

/// Splits `file.js:12:5` and `file.py:12` into file, line and column.
fn position(place: &str) -> (&str, u32, u32) {
    let Some((front, last)) = numbered(place) else {
        return (place, 0, 0);
    };
    match numbered(front) {
        Some((file, line)) => (file, line, last),
        None => (front, last, 0),
    }
}

/// Splits before `:12` at the end.
fn numbered(text: &str) -> Option<(&str, u32)> {
    let front = super::strip_number(text, ':')?;
    Some((front, text[front.len() + 1..].parse().unwrap_or(0)))
}
