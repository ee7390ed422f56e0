//! Finds the functions of a script by following its brackets.
//!
//! This is no parser: it knows of each brace what opened it, which is what tells functions, methods and classes apart,
//! and accepts whatever a bundler writes, unknown syntax included. What it cannot tell makes a function unnamed or
//! leaves its lines to the function around it.

use super::tokens::{ARROW, Kind, Lexer, OPTIONAL, STEP, Token};
use std::ops::Range;

/// A function of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    /// Its bytes, from its first parameter or its name to the end of its body.
    pub(super) range: Range<u32>,
    /// What it is called; `None` for one that nothing names.
    pub(super) name: Option<Name>,
}

/// The name of a function: where its parts stand in the script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Name {
    /// `new `, `get ` or `set `, or nothing.
    pub(super) prefix: &'static str,
    /// The parts, which dots join.
    pub(super) parts: Vec<Range<u32>>,
}

/// What a brace, a parenthesis or a substitution is.
#[derive(Debug)]
pub(super) enum Open {
    /// `(` of a statement such as `if`, after which a regular expression may stand.
    Control,
    /// `(` of the parameters of the function of this place.
    Parameters(usize),
    /// Another `(`, or `[`.
    Group,
    /// `{` of statements.
    Block,
    /// `{` of an object, with its name.
    Object(Vec<Range<u32>>),
    /// `{` of a class, with its name; whether a value ends with it.
    Class(Vec<Range<u32>>, bool),
    /// `{` of the body of the function of this place; whether a value ends with it.
    Body(usize, bool),
    /// `${`
    Substitution,
}

/// A bracket that is open.
pub(super) struct Bracket {
    pub(super) open: Open,
    /// The place of its token.
    pub(super) token: usize,
}

/// A `class` whose body has not begun.
pub(super) struct PendingClass {
    pub(super) token: usize,
    pub(super) name: Option<usize>,
    pub(super) depth: usize,
}

/// Reads a script and returns its functions in the order in which they begin to be known.
pub(super) fn functions(text: &str) -> Vec<Function> {
    let mut scanner = Scanner {
        text,
        tokens: Vec::with_capacity(text.len() / 4),
        partners: Vec::with_capacity(text.len() / 4),
        stack: Vec::new(),
        found: Vec::new(),
        arrows: Vec::new(),
        function: None,
        class: None,
        body: None,
        ended: Ended::Statement,
    };
    let mut lexer = Lexer::new(text);
    while let Some(token) = lexer.next(scanner.regex_may_follow(), scanner.in_substitution()) {
        scanner.take(token);
    }
    scanner.finish()
}

/// What is known of a script up to a token.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    /// Of each closing bracket the place of its opening one, of others nothing.
    pub(super) partners: Vec<u32>,
    pub(super) stack: Vec<Bracket>,
    pub(super) found: Vec<Function>,
    /// Arrow functions whose body is an expression: their place and the depth that ends them.
    pub(super) arrows: Vec<(usize, usize)>,
    /// A `function` whose parameters have not begun: its token, and that of its name.
    pub(super) function: Option<(usize, Option<usize>)>,
    pub(super) class: Option<PendingClass>,
    /// The function whose body begins with the next token, and whether a value ends with it.
    pub(super) body: Option<(usize, bool)>,
    /// What the last closing bracket ended.
    pub(super) ended: Ended,
}

/// What a closing bracket ended, by which a `/` after it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The condition of a statement.
    Control,
    /// A value.
    Value,
    /// Statements.
    Statement,
}

/// Keywords before the condition of a statement.
pub(super) const CONTROL: [&str; 6] = ["if", "for", "while", "with", "switch", "catch"];
/// Keywords before a value.
pub(super) const BEFORE_VALUE: [&str; 15] = [
    "return",
    "typeof",
    "case",
    "do",
    "else",
    "in",
    "of",
    "instanceof",
    "new",
    "void",
    "delete",
    "throw",
    "yield",
    "await",
    "default",
];
/// Keywords before statements in braces.
pub(super) const BEFORE_BLOCK: [&str; 2] = ["do", "else"];
/// How far back it is looked for what a colon belongs to.
const LOOK_BACK: usize = 64;

pub(super) const NONE: u32 = u32::MAX;

impl Scanner<'_> {
    pub(super) fn word(&self, place: usize) -> &str {
        self.text
            .get(self.tokens[place].range())
            .unwrap_or_default()
    }

    pub(super) fn is_word(&self, place: usize) -> bool {
        self.tokens[place].kind == Kind::Word
    }

    pub(super) fn is(&self, place: Option<usize>, punctuator: u8) -> bool {
        place.is_some_and(|place| self.tokens[place].is(punctuator))
    }

    pub(super) fn last(&self) -> Option<usize> {
        self.tokens.len().checked_sub(1)
    }

    pub(super) fn in_substitution(&self) -> bool {
        matches!(self.stack.last(), Some(bracket) if matches!(bracket.open, Open::Substitution))
    }

    /// Whether a word is a keyword, not the name of a member.
    pub(super) fn is_keyword(&self, place: usize, words: &[&str]) -> bool {
        let before = place.checked_sub(1);
        self.is_word(place)
            && words.contains(&self.word(place))
            && !self.is(before, b'.')
            && !self.is(before, OPTIONAL)
    }

    pub(super) fn regex_may_follow(&self) -> bool {
        let Some(last) = self.last() else { return true };
        let token = self.tokens[last];
        match token.kind {
            Kind::Literal => false,
            Kind::Template => self.text.as_bytes().get(token.end as usize - 1) == Some(&b'{'),
            Kind::Word => self.is_keyword(last, &BEFORE_VALUE),
            Kind::Punctuator(b']' | STEP) => false,
            Kind::Punctuator(b')') => self.ended == Ended::Control,
            Kind::Punctuator(b'}') => self.ended != Ended::Value,
            Kind::Punctuator(_) => true,
        }
    }

    pub(super) fn take(&mut self, token: Token) {
        self.end_arrows(&token);
        let place = self.tokens.len();
        let body = self.body.take();
        self.tokens.push(token);
        self.partners.push(NONE);
        match token.kind {
            Kind::Word => self.take_word(place),
            Kind::Template => self.take_template(place),
            Kind::Literal => self.function = None,
            Kind::Punctuator(b'(') => self.open_parenthesis(place),
            Kind::Punctuator(b'[') => self.open(Open::Group, place),
            Kind::Punctuator(b'{') => {
                let open = self.brace(place, body);
                self.open(open, place);
            }
            Kind::Punctuator(b')' | b']' | b'}') => self.close(place),
            Kind::Punctuator(ARROW) => self.take_arrow(place),
            Kind::Punctuator(b'*') => {}
            Kind::Punctuator(_) => self.function = None,
        }
        if let Some((function, _)) = body
            && !token.is(b'{')
            && self
                .tokens
                .get(place.wrapping_sub(1))
                .is_some_and(|before| before.is(ARROW))
        {
            self.arrows.push((function, self.depth_before(place)));
        }
    }

    /// The depth around a token, which may have opened a bracket.
    pub(super) fn depth_before(&self, place: usize) -> usize {
        let opened = self
            .stack
            .last()
            .is_some_and(|bracket| bracket.token == place);
        self.stack.len() - usize::from(opened)
    }

    pub(super) fn open(&mut self, open: Open, place: usize) {
        self.stack.push(Bracket { open, token: place });
        self.function = None;
    }

    pub(super) fn take_word(&mut self, place: usize) {
        if let Some((_, name @ None)) = &mut self.function {
            *name = Some(place);
            return;
        }
        let before = place.checked_sub(1);
        let is_extends = self.word(place) == "extends";
        if let Some(class) = &mut self.class
            && before == Some(class.token)
            && !is_extends
        {
            class.name = Some(place);
            return;
        }
        self.function = None;
        if self.is_keyword(place, &["function"]) {
            self.function = Some((place, None));
        } else if self.is_keyword(place, &["class"]) {
            let depth = self.stack.len();
            self.class = Some(PendingClass {
                token: place,
                name: None,
                depth,
            });
        }
    }

    pub(super) fn take_template(&mut self, place: usize) {
        let token = self.tokens[place];
        let continues =
            self.in_substitution() && self.text.as_bytes()[token.start as usize] == b'}';
        let opens = self.text.as_bytes().get(token.end as usize - 1) == Some(&b'{');
        if continues && !opens {
            self.stack.pop();
        } else if opens && !continues {
            self.open(Open::Substitution, place);
        }
        self.function = None;
    }

    pub(super) fn open_parenthesis(&mut self, place: usize) {
        if let Some((token, name)) = self.function.take() {
            let function = self.add_function(token, name);
            return self.open(Open::Parameters(function), place);
        }
        let before = place.checked_sub(1);
        let is_control = before.is_some_and(|before| self.is_keyword(before, &CONTROL));
        self.open(
            if is_control {
                Open::Control
            } else {
                Open::Group
            },
            place,
        );
    }

    pub(super) fn add_function(&mut self, token: usize, name: Option<usize>) -> usize {
        let first = match token.checked_sub(1) {
            Some(before) if self.is_keyword(before, &["async"]) => before,
            _ => token,
        };
        let name = match name {
            Some(name) => Some(Name {
                prefix: "",
                parts: vec![self.bytes_of(name)],
            }),
            None => self.inferred(first),
        };
        self.add(first, name)
    }

    pub(super) fn add(&mut self, first: usize, name: Option<Name>) -> usize {
        let start = self.tokens[first].start;
        self.found.push(Function {
            range: start..u32::MAX,
            name,
        });
        self.found.len() - 1
    }

    pub(super) fn take_arrow(&mut self, place: usize) {
        self.function = None;
        let Some(before) = place.checked_sub(1) else {
            return;
        };
        let mut first = match self.partners[before] {
            NONE => before,
            partner => partner as usize,
        };
        if let Some(earlier) = first.checked_sub(1)
            && self.is_keyword(earlier, &["async"])
        {
            first = earlier;
        }
        let name = self.inferred(first);
        let function = self.add(first, name);
        // No operator can follow: what looks like a division begins the next statement.
        self.body = Some((function, false));
    }

    /// Whether a colon ends a label or a `case`, not the key of a member or the middle of a condition.
    pub(super) fn ends_label(&self, colon: usize) -> bool {
        if !matches!(
            self.stack.last().map(|bracket| &bracket.open),
            None | Some(Open::Block | Open::Body(..))
        ) {
            return false;
        }
        let mut place = colon;
        for _ in 0..LOOK_BACK {
            let Some(before) = place.checked_sub(1) else {
                return true;
            };
            let token = self.tokens[before];
            match token.kind {
                Kind::Punctuator(b'?') => return false,
                Kind::Punctuator(b';' | b'{' | b'}') => return true,
                Kind::Punctuator(b')' | b']') if self.partners[before] != NONE => {
                    place = self.partners[before] as usize;
                    continue;
                }
                Kind::Word if self.is_keyword(before, &["case", "default"]) => return true,
                _ => {}
            }
            place = before;
        }
        false
    }

    /// Ends arrow functions whose expression a token cannot be part of.
    pub(super) fn end_arrows(&mut self, token: &Token) {
        while let Some((function, depth)) = self.arrows.last().copied() {
            let is_deeper = self.stack.len() > depth;
            let ends = match token.kind {
                Kind::Punctuator(b',' | b';' | b')' | b']' | b'}') => !is_deeper,
                Kind::Template => !is_deeper && self.text.as_bytes()[token.start as usize] == b'}',
                Kind::Word => !is_deeper && token.after_line && self.ends_statement(token),
                _ => false,
            };
            if !ends && self.stack.len() >= depth {
                return;
            }
            let end = self.tokens.last().map_or(token.start, |last| last.end);
            self.found[function].range.end = end;
            self.arrows.pop();
        }
    }

    /// Whether a word on a new line begins another statement.
    pub(super) fn ends_statement(&self, word: &Token) -> bool {
        let text = self.text.get(word.range()).unwrap_or_default();
        let continues = matches!(text, "in" | "of" | "instanceof");
        !continues
            && self
                .last()
                .is_some_and(|last| !self.regex_may_follow() && !self.tokens[last].is(b'.'))
    }

    pub(super) fn finish(mut self) -> Vec<Function> {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        for function in &mut self.found {
            function.range.end = function.range.end.min(end);
        }
        self.found
    }
}

/// What ends with a brace.
pub(super) const fn value_or_statement(is_value: bool) -> Ended {
    if is_value {
        Ended::Value
    } else {
        Ended::Statement
    }
}
