//! Forms: their fields, with what was typed and what was wrong with it when they were refused.

use askama::Template;
use askama::filters::HtmlSafe;

/// The form of a page that was refused; none on a page that was only opened.
#[derive(Debug, Clone, Default)]
pub struct FormState(Option<Refused>);

/// A form that was refused.
#[derive(Debug, Clone, Default)]
pub struct Refused {
    /// Which form of the page it is.
    pub form: String,
    /// What was typed: names and values, several of a name where several were chosen.
    pub values: Vec<(String, String)>,
    /// Fields at fault, each with what is wrong with it; it continues a sentence that begins with the field.
    pub problems: Vec<(String, String)>,
    /// What is wrong, as a sentence.
    pub sentence: String,
}

impl FormState {
    /// A page that is only opened.
    #[must_use]
    pub const fn blank() -> Self {
        Self(None)
    }

    /// A page with a form that was refused.
    #[must_use]
    pub const fn refused(refused: Refused) -> Self {
        Self(Some(refused))
    }

    /// One form of the page.
    pub(crate) fn of<'f>(&'f self, form: &'f str) -> Form<'f> {
        let refused = self.0.as_ref().filter(|refused| refused.form == form);
        Form {
            name: form,
            refused,
        }
    }
}

/// One form of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<'f> {
    name: &'f str,
    refused: Option<&'f Refused>,
}

impl<'f> Form<'f> {
    /// Whether it was refused.
    pub(crate) const fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// What is wrong, unless each fault is shown at its field.
    pub(crate) fn sentence(&self) -> Option<&'f str> {
        let refused = self.refused?;
        let sentence = Some(refused.sentence.as_str());
        sentence.filter(|sentence| refused.problems.is_empty() && !sentence.is_empty())
    }

    /// What was typed, or what the field holds otherwise.
    pub(crate) fn value(&self, name: &str, otherwise: impl AsRef<str>) -> String {
        let typed = self.refused.map(|refused| {
            let mut values = refused.values.iter();
            let found = values.find(|(typed, _)| typed == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        });
        typed.unwrap_or_else(|| otherwise.as_ref().to_owned())
    }

    /// Whether a choice was taken, or is otherwise.
    pub(crate) fn chosen(&self, name: &str, value: &str, otherwise: bool) -> bool {
        let typed = self.refused.map(|refused| {
            let mut values = refused.values.iter();
            values.any(|(typed, chosen)| typed == name && chosen == value)
        });
        typed.unwrap_or(otherwise)
    }

    /// What is wrong with a field.
    pub(crate) fn problem(&self, name: &str) -> Option<String> {
        let problems = &self.refused?.problems;
        let mut found = problems.iter().filter(|(field, _)| field == name);
        found.next().map(|(_, message)| message.clone())
    }

    /// A line of text.
    pub(crate) fn text(
        &self,
        name: &'f str,
        label: &'f str,
        otherwise: impl AsRef<str>,
    ) -> Field<'f> {
        Field {
            id: format!("{}-{name}", self.name),
            name,
            label,
            value: self.value(name, otherwise),
            kind: "text",
            hint: String::new(),
            problem: self.problem(name),
            is_needed: false,
            most: 0,
            placeholder: "",
            complete: "off",
            is_code: false,
            rows: 0,
            choices: Vec::new(),
            list: "",
        }
    }

    /// Several lines of text.
    pub(crate) fn area(
        &self,
        name: &'f str,
        label: &'f str,
        otherwise: impl AsRef<str>,
    ) -> Field<'f> {
        Field {
            rows: 3,
            ..self.text(name, label, otherwise)
        }
    }

    /// A choice of one.
    pub(crate) fn choice(
        &self,
        name: &'f str,
        label: &'f str,
        otherwise: impl AsRef<str>,
        choices: Vec<Choice>,
    ) -> Field<'f> {
        Field {
            choices,
            ..self.text(name, label, otherwise)
        }
    }

    /// A password, which is never shown again.
    pub(crate) fn password(&self, name: &'f str, label: &'f str, complete: &'f str) -> Field<'f> {
        Field {
            value: String::new(),
            kind: "password",
            complete,
            ..self.text(name, label, "")
        }
    }
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// Something that can be chosen.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        let (value, label) = (value.into(), label.into());
        Self { value, label }
    }
}

/// A field with its label, its hint and what is wrong with it.
#[derive(Debug, Template)]
#[template(path = "parts/field.html")]
pub(crate) struct Field<'f> {
    id: String,
    name: &'f str,
    label: &'f str,
    value: String,
    kind: &'f str,
    hint: String,
    problem: Option<String>,
    is_needed: bool,
    most: usize,
    placeholder: &'f str,
    complete: &'f str,
    is_code: bool,
    rows: usize,
    choices: Vec<Choice>,
    list: &'f str,
}

impl<'f> Field<'f> {
    /// Has to be filled in.
    pub(crate) fn needed(self) -> Self {
        Self {
            is_needed: true,
            ..self
        }
    }

    /// Of another kind: `email`, `number`, `url`, `datetime-local`.
    pub(crate) fn kind(self, kind: &'f str) -> Self {
        Self { kind, ..self }
    }

    /// With so many characters at most.
    pub(crate) fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// With a sentence of help.
    pub(crate) fn hint(self, hint: impl AsRef<str>) -> Self {
        let hint = hint.as_ref().to_owned();
        Self { hint, ..self }
    }

    /// With an example where nothing is typed.
    pub(crate) fn placeholder(self, placeholder: &'f str) -> Self {
        Self {
            placeholder,
            ..self
        }
    }

    /// That browsers fill in.
    pub(crate) fn complete(self, complete: &'f str) -> Self {
        Self { complete, ..self }
    }

    /// With the `datalist` of this id.
    pub(crate) fn list(self, list: &'f str) -> Self {
        Self { list, ..self }
    }

    /// In the typeface of code.
    pub(crate) fn code(self) -> Self {
        Self {
            is_code: true,
            ..self
        }
    }
}

impl HtmlSafe for Field<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> FormState {
        FormState::refused(Refused {
            form: "invite".to_owned(),
            values: vec![
                ("email".to_owned(), "<b>".to_owned()),
                ("may".to_owned(), "read".to_owned()),
            ],
            problems: vec![("email".to_owned(), "must be an e-mail address".to_owned())],
            sentence: "Invalid input".to_owned(),
        })
    }

    #[test]
    fn a_refused_form_keeps_what_was_typed() {
        let state = refused();
        let html = state
            .of("invite")
            .text("email", "E-mail", "")
            .render()
            .unwrap();
        assert!(html.contains("value=\"&#60;b&#62;\""), "{html}");
        assert!(
            html.contains("aria-invalid=\"true\"") && html.contains("must be an e-mail"),
            "{html}"
        );
        assert!(state.of("invite").chosen("may", "read", false));
        assert!(!state.of("invite").chosen("may", "write", true));
    }

    #[test]
    fn the_other_forms_of_the_page_are_as_before() {
        let state = refused();
        let html = state
            .of("other")
            .text("email", "E-mail", "a@b.c")
            .render()
            .unwrap();
        assert!(
            html.contains("value=\"a@b.c\"") && !html.contains("aria-invalid"),
            "{html}"
        );
        assert_eq!(state.of("other").sentence(), None);
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = refused()
            .of("invite")
            .password("email", "Password", "new-password")
            .render()
            .unwrap();
        assert!(!html.contains("&lt;b"), "{html}");
    }
}
