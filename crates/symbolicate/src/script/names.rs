//! Names functions after what they are assigned to.

use super::scanner::{BEFORE_VALUE, Bracket, Ended, NONE, Name, Open, Scanner};
use super::tokens::{ASSIGN, Kind};
use std::ops::Range;

impl Scanner<'_> {
    /// The bytes of a member's name: a word or a string.
    pub(super) fn key(&self, place: usize) -> Option<Range<u32>> {
        let token = self.tokens[place];
        match token.kind {
            Kind::Word => Some(self.bytes_of(place)),
            Kind::Literal if matches!(self.text.as_bytes()[token.start as usize], b'"' | b'\'') => {
                (token.end - token.start > 2).then_some(token.start + 1..token.end - 1)
            }
            _ => None,
        }
    }

    pub(super) fn bytes_of(&self, place: usize) -> Range<u32> {
        self.tokens[place].start..self.tokens[place].end
    }

    /// Whether a value stands at a token, not a declaration.
    pub(super) fn begins_value(&self, place: usize) -> bool {
        let Some(before) = place.checked_sub(1) else {
            return false;
        };
        match self.tokens[before].kind {
            Kind::Punctuator(b';' | b'{' | b')') => false,
            Kind::Punctuator(b'}') => self.ended == Ended::Value,
            Kind::Word => {
                self.is_keyword(before, &BEFORE_VALUE)
                    && !self.is_keyword(before, &["do", "else", "default"])
            }
            Kind::Literal => false,
            _ => true,
        }
    }

    /// The name of a value that begins at a token, by what it is assigned to or the member that it is.
    pub(super) fn name_of_value(&self, first: usize) -> Vec<Range<u32>> {
        self.inferred(first)
            .map(|name| name.parts)
            .unwrap_or_default()
    }

    pub(super) fn inferred(&self, first: usize) -> Option<Name> {
        let before = first.checked_sub(1)?;
        let target = before.checked_sub(1)?;
        let parts = if self.tokens[before].is(ASSIGN) {
            let mut parts = self.path(target)?;
            if parts.len() == 1
                && let Some(Bracket {
                    open: Open::Class(class, _),
                    ..
                }) = self.stack.last()
            {
                parts.splice(0..0, class.iter().cloned());
            }
            parts
        } else if self.tokens[before].is(b':')
            && let Some(Bracket {
                open: Open::Object(object),
                ..
            }) = self.stack.last()
        {
            let own = self.key(target)?;
            object.iter().cloned().chain([own]).collect()
        } else {
            return None;
        };
        Some(Name { prefix: "", parts })
    }

    /// The parts of the path that ends at a token: `a.b["c"]`, without a leading `this`.
    pub(super) fn path(&self, last: usize) -> Option<Vec<Range<u32>>> {
        let (mut parts, mut place) = (Vec::new(), last);
        loop {
            let begin = match self.partners[place] {
                NONE if self.is_word(place) => {
                    if self.word(place) != "this" || parts.is_empty() {
                        parts.push(self.bytes_of(place));
                    }
                    let Some(dot) = place
                        .checked_sub(1)
                        .filter(|before| self.is(Some(*before), b'.'))
                    else {
                        break;
                    };
                    dot
                }
                partner
                    if partner != NONE
                        && self.tokens[place].is(b']')
                        && partner as usize + 2 == place =>
                {
                    parts.push(self.key(place - 1)?);
                    partner as usize
                }
                _ => break,
            };
            let Some(before) = begin.checked_sub(1) else {
                break;
            };
            place = before;
        }
        parts.reverse();
        (!parts.is_empty()).then_some(parts)
    }
}
