//! Reads a JSON object field by field and collects every problem.

use crate::http::error::{ApiError, Code, FieldProblem};
use crate::settings::Limits;
use faultbook_domain::instant::parse_instant;
use faultbook_domain::tenancy::Slug;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use time::OffsetDateTime;
use url::Url;

/// Characters of the URL of a page.
const URL_MAX: usize = 2_000;

/// How long texts of people's choice may be, in characters.
#[derive(Debug, Clone, Copy)]
pub struct TextLimits {
    /// Names.
    pub name: usize,
    /// Descriptions.
    pub description: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self {
            name: 200,
            description: 2_000,
        }
    }
}

impl From<&Limits> for TextLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            name: limits.max_name,
            description: limits.max_description,
        }
    }
}

/// Takes fields out of an object and notes what is wrong with them.
pub struct Fields {
    object: Map<String, Value>,
    limits: TextLimits,
    problems: Vec<FieldProblem>,
    /// Well-formed values that break a rule, where those are told apart.
    rules: Option<Vec<FieldProblem>>,
}

impl Fields {
    /// The fields of a body.
    pub(crate) fn of(body: Value) -> Result<Self, ApiError> {
        match body {
            Value::Object(object) => Ok(Self {
                object,
                limits: TextLimits::default(),
                problems: Vec::new(),
                rules: None,
            }),
            _ => Err(ApiError::new(Code::InvalidInput)
                .with_message("Invalid input: the body must be a JSON object")),
        }
    }

    /// The fields of a body under `/api/v1`, where a value that breaks a rule is answered 422.
    pub(crate) fn v1(body: Value) -> Result<Self, ApiError> {
        Ok(Self {
            rules: Some(Vec::new()),
            ..Self::of(body)?
        })
    }

    /// With other limits of texts.
    pub(crate) fn limited(self, limits: TextLimits) -> Self {
        Self { limits, ..self }
    }

    /// How long texts may be.
    pub(crate) const fn limits(&self) -> TextLimits {
        self.limits
    }

    /// What was read, or 400 (under `/api/v1` also 422) naming every field at fault.
    pub(crate) fn finish<T>(self, read: T) -> Result<T, ApiError> {
        if !self.problems.is_empty() {
            return Err(ApiError::fields(self.problems));
        }
        match self.rules {
            Some(broken) if !broken.is_empty() => Err(ApiError::rules(broken)),
            _ => Ok(read),
        }
    }

    /// What is at fault, where something certainly is.
    pub(crate) fn fault(self) -> ApiError {
        let unknown = || ApiError::new(Code::InvalidInput);
        self.finish(()).err().unwrap_or_else(unknown)
    }

    /// Notes a well-formed value that breaks a rule.
    pub(crate) fn rule(&mut self, field: &str, message: &str) {
        let problem = FieldProblem::new(field, message);
        match &mut self.rules {
            Some(rules) => rules.push(problem),
            None => self.problems.push(problem),
        }
    }

    /// Whether the body says anything of this field, null included.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.object.contains_key(field)
    }

    /// What was read, or what is at fault where nothing was.
    pub(crate) fn conclude<T>(self, read: Option<T>) -> Result<T, ApiError> {
        match read {
            Some(read) => self.finish(read),
            None => Err(self.fault()),
        }
    }

    /// How many fields are at fault so far.
    pub(crate) fn faults(&self) -> usize {
        self.problems.len() + self.rules.as_ref().map_or(0, Vec::len)
    }

    /// What was noted last of a field.
    pub(crate) fn last_message(&self, field: &str) -> Option<String> {
        let rules = self.rules.iter().flatten();
        let mut noted = self.problems.iter().chain(rules).rev();
        let found = noted.find(|problem| problem.field == field);
        found.map(|problem| problem.message.clone())
    }

    /// Notes a field at fault; `message` continues the sentence "field 'x' ...".
    pub(crate) fn problem(&mut self, field: &str, message: &str) {
        self.problems.push(FieldProblem::new(field, message));
    }

    /// A field that is there and not null.
    pub(crate) fn take(&mut self, field: &str) -> Option<Value> {
        self.object
            .get_mut(field)
            .map(Value::take)
            .filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, field: &str) -> Option<String> {
        match self.take(field)? {
            Value::String(text) => Some(text),
            _ => {
                self.problem(field, "must be a string");
                None
            }
        }
    }

    pub(crate) fn required(&mut self, field: &str) -> String {
        let problems = self.problems.len();
        let text = self.text(field).filter(|text| !text.trim().is_empty());
        if text.is_none() && self.problems.len() == problems {
            self.problem(field, "is required");
        }
        text.unwrap_or_default()
    }

    pub(crate) fn parsed<T>(
        &mut self,
        field: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(field)?;
        let Value::String(text) = value else {
            self.problem(field, expected);
            return None;
        };
        let parsed = parse(&text);
        if parsed.is_none() {
            self.rule(field, expected);
        }
        parsed
    }

    /// A name of people's choice: not blank, of bounded length, without control characters.
    pub(crate) fn name(&mut self, field: &str) -> Option<String> {
        let text = self.text(field)?;
        if text.trim().is_empty() {
            self.rule(field, "must not be blank");
        } else if text.chars().count() > self.limits.name {
            self.rule(field, &at_most(self.limits.name));
        } else if text.chars().any(char::is_control) {
            self.rule(field, "must not hold control characters");
        }
        Some(text.trim().to_owned())
    }

    /// Free text of bounded length, if any.
    pub(crate) fn description(&mut self, field: &str) -> Option<String> {
        let text = self.text(field)?;
        if text.chars().count() > self.limits.description {
            self.rule(field, &at_most(self.limits.description));
        }
        Some(text)
    }

    /// A short name for URLs.
    pub(crate) fn slug(&mut self, field: &str) -> Option<Slug> {
        self.parsed(field, "must be lowercase and alphanumeric", |text| {
            text.parse().ok()
        })
    }

    /// An address, lowercase.
    pub(crate) fn email(&mut self, field: &str) -> Option<String> {
        self.parsed(field, "must be a valid e-mail address", |text| {
            let text = text.trim().to_lowercase();
            let plain = email_address::Options::default()
                .without_display_text()
                .with_required_tld();
            email_address::EmailAddress::parse_with_options(&text, plain)
                .is_ok()
                .then_some(text)
        })
    }

    /// A time in RFC 3339, in UTC.
    pub(crate) fn time(&mut self, field: &str) -> Option<OffsetDateTime> {
        let expected = "must be a time in RFC 3339, such as 2030-12-31T23:59:59Z";
        self.parsed(field, expected, parse_instant)
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, field: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let given = self.take(field)?;
        let number = given.as_i64().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (least, most) = (bounds.start(), bounds.end());
            let expected = format!("must be a whole number from {least} to {most}");
            self.problem(field, &expected);
        }
        number
    }

    /// The URL of a page, as given.
    pub(crate) fn page_url(&mut self, field: &str) -> Option<String> {
        let text = self.bounded(field, URL_MAX)?;
        // Parsing would leave out blanks and control characters.
        let is_plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
        let parsed = Url::parse(&text).ok().filter(|_| is_plain);
        let is_page = parsed.is_some_and(|url| ["http", "https"].contains(&url.scheme()));
        if !is_page {
            self.problem(field, "must be an http or https URL");
        }
        Some(text)
    }

    /// A list of texts; `expected` continues the sentence "field 'x' ...".
    pub(crate) fn strings(&mut self, field: &str, expected: &str) -> Option<Vec<String>> {
        let texts = match self.take(field)? {
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Some(text),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        if texts.is_none() {
            self.problem(field, expected);
        }
        texts
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, field: &str) -> Option<Vec<String>> {
        self.strings(field, "must be a list of strings")
    }

    /// Notes a field that had to be there.
    pub(crate) fn demand<T>(&mut self, field: &str, read: Option<T>) -> Option<T> {
        let is_noted = |problems: &[FieldProblem]| problems.iter().any(|one| one.field == field);
        let noted = is_noted(&self.problems) || self.rules.as_deref().is_some_and(is_noted);
        if read.is_none() && !noted {
            self.problem(field, "is required");
        }
        read
    }

    pub(crate) fn object(&mut self, field: &str) -> Option<Map<String, Value>> {
        match self.take(field)? {
            Value::Object(object) => Some(object),
            _ => {
                self.problem(field, "must be an object");
                None
            }
        }
    }

    /// A text of at most so many characters.
    pub(crate) fn bounded(&mut self, field: &str, most: usize) -> Option<String> {
        let text = self.text(field)?;
        self.check_length(field, &text, most);
        Some(text)
    }

    /// Notes a text of more than so many characters.
    pub(crate) fn check_length(&mut self, field: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            self.problem(field, &at_most(most));
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, field: &str) -> Option<bool> {
        let value = self.take(field)?;
        if !value.is_boolean() {
            self.problem(field, "must be true or false");
        }
        value.as_bool()
    }
}

fn at_most(characters: usize) -> String {
    format!("must be at most {characters} characters long")
}
