//! Writes the normalized message.

/// What stands for a parameter.
pub(in super::super) const PARAM: &str = "<*>";

/// Builds the normalized text: single spaces, and one placeholder for a run of parameters that
/// only punctuation separates. Lists of any length read alike that way.
pub(super) struct Out {
    text: String,
    /// End of the last placeholder, as long as only joining punctuation followed it.
    joint: Option<usize>,
    /// Brackets opened between two joined placeholders, dropped together with them.
    swallowed: u32,
    space: bool,
}

impl Out {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            joint: None,
            swallowed: 0,
            space: false,
        }
    }

    /// Notes white space: any amount of it is one space, none at either end.
    pub(super) fn space(&mut self) {
        self.space = true;
    }

    /// Whether the last thing written was a parameter, with at most white space after it.
    pub(super) fn after_param(&self) -> bool {
        self.joint == Some(self.text.len())
    }

    fn flush_space(&mut self) {
        if self.space && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.space = false;
    }

    /// Writes a parameter.
    pub(super) fn param(&mut self) {
        if let Some(end) = self.joint {
            let opened = self.text.as_bytes()[end..]
                .iter()
                .filter(|b| is_opener(**b))
                .count();
            self.swallowed += u32::try_from(opened).unwrap_or(u32::MAX);
            self.text.truncate(end);
            self.space = false;
            return;
        }
        self.flush_space();
        self.text.push_str(PARAM);
        self.joint = Some(self.text.len());
    }

    /// Writes literal text without white space.
    pub(super) fn literal(&mut self, text: &str) {
        self.flush_space();
        self.text.push_str(text);
        self.joint = None;
    }

    /// Writes one punctuation character.
    pub(super) fn delimiter(&mut self, c: char) {
        if is_closer(c) {
            if self.swallowed > 0 {
                self.swallowed -= 1;
                return;
            }
            if let Some(end) = self.joint
                && self.text.len() > end
                && self.text.as_bytes().last().copied().is_some_and(is_opener)
            {
                self.text.truncate(end);
                self.space = false;
                return;
            }
        }
        self.flush_space();
        self.text.push(c);
        if !is_joiner(c) {
            self.joint = None;
        }
    }

    pub(super) fn finish(mut self) -> String {
        let kept = self.text.trim_end_matches(['.', ' ', ':', ',', ';']).len();
        self.text.truncate(kept);
        self.text
    }
}

const fn is_opener(b: u8) -> bool {
    matches!(b, b'(' | b'[' | b'{' | b'<')
}

const fn is_closer(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '>')
}

const fn is_joiner(c: char) -> bool {
    matches!(
        c,
        ' ' | ','
            | ';'
            | ':'
            | '/'
            | '\\'
            | '-'
            | '|'
            | '.'
            | '+'
            | '#'
            | '@'
            | '_'
            | '~'
            | '='
            | '&'
            | '('
            | '['
            | '{'
            | '<'
    )
}
