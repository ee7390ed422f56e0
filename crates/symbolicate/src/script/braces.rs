//! Tells what a brace opened and what a closing bracket ended.

use super::scanner::{
    BEFORE_BLOCK, BEFORE_VALUE, CONTROL, Ended, NONE, Name, Open, PendingClass, Scanner,
    value_or_statement,
};
use super::tokens::Kind;

impl Scanner<'_> {
    /// What a brace opens.
    pub(super) fn brace(&mut self, place: usize, body: Option<(usize, bool)>) -> Open {
        if let Some((function, is_value)) = body {
            return Open::Body(function, is_value);
        }
        if let Some(class) = self.class.take_if(|class| class.depth == self.stack.len()) {
            return self.class_body(&class);
        }
        let Some(before) = place.checked_sub(1) else {
            return Open::Block;
        };
        match self.tokens[before].kind {
            Kind::Punctuator(b')') => self.method_body(before),
            Kind::Punctuator(b';' | b'{' | b'}' | b']') | Kind::Literal => Open::Block,
            Kind::Punctuator(b':') if self.ends_label(before) => Open::Block,
            Kind::Word if self.is_keyword(before, &BEFORE_BLOCK) => Open::Block,
            Kind::Word if !self.is_keyword(before, &BEFORE_VALUE) => Open::Block,
            _ => Open::Object(self.name_of_value(place)),
        }
    }

    pub(super) fn class_body(&self, class: &PendingClass) -> Open {
        let is_value = self.begins_value(class.token);
        let name = match class.name {
            Some(name) => vec![self.bytes_of(name)],
            None => self.name_of_value(class.token),
        };
        Open::Class(name, is_value)
    }

    /// What a brace after the parenthesis that ends here opens: the body of a method, else statements.
    pub(super) fn method_body(&mut self, closing: usize) -> Open {
        let (class, mut parts) = match self.stack.last().map(|bracket| &bracket.open) {
            Some(Open::Class(name, _)) => (true, name.clone()),
            Some(Open::Object(name)) => (false, name.clone()),
            _ => return Open::Block,
        };
        let name = match self.partners[closing] {
            NONE => return Open::Block,
            partner => (partner as usize).checked_sub(1),
        };
        let Some(name) = name else { return Open::Block };
        if !class && self.is_keyword(name, &CONTROL) {
            return Open::Block;
        }
        let mut prefix = "";
        if class && self.is_word(name) && self.word(name) == "constructor" {
            prefix = "new ";
        } else {
            let Some(own) = self.key(name) else {
                let function = self.add(name, None);
                return Open::Body(function, false);
            };
            parts.push(own);
            if let Some(before) = name.checked_sub(1) {
                prefix = match self.word(before) {
                    "get" => "get ",
                    "set" => "set ",
                    _ => "",
                };
            }
        }
        let name_of = (!parts.is_empty()).then_some(Name { prefix, parts });
        let function = self.add(name, name_of);
        Open::Body(function, false)
    }

    pub(super) fn close(&mut self, place: usize) {
        self.function = None;
        let Some(bracket) = self.stack.pop() else {
            self.ended = Ended::Statement;
            return;
        };
        self.partners[place] = u32::try_from(bracket.token).unwrap_or(NONE);
        let end = self.tokens[place].end;
        self.ended = match bracket.open {
            Open::Control => Ended::Control,
            Open::Parameters(function) => {
                let first = bracket.token;
                let is_value = self.is_function_value(first);
                self.body = Some((function, is_value));
                Ended::Value
            }
            Open::Group | Open::Object(_) | Open::Substitution => Ended::Value,
            Open::Block => Ended::Statement,
            Open::Class(_, is_value) => value_or_statement(is_value),
            Open::Body(function, is_value) => {
                self.found[function].range.end = end;
                value_or_statement(is_value)
            }
        };
    }

    /// Whether the function whose parameters begin at a token is a value.
    pub(super) fn is_function_value(&self, parameters: usize) -> bool {
        let earlier = (0..parameters).rev().take(4);
        let mut keywords = earlier.filter(|place| self.is_keyword(*place, &["function"]));
        let Some(mut first) = keywords.next() else {
            return false;
        };
        if let Some(before) = first.checked_sub(1)
            && self.is_keyword(before, &["async"])
        {
            first = before;
        }
        self.begins_value(first)
    }
}
