//! Reads the fields of a channel's settings.

use faultbook_domain::notifications::ChannelSettings;
use faultbook_domain::notifications::FieldFault;
use serde_json::Value;
use url::Url;

/// Reads settings field by field and collects every fault on the way. What is at fault is read as
/// well as it can be.
pub struct Fields<'a> {
    settings: &'a ChannelSettings,
    faults: Vec<FieldFault>,
}

impl<'a> Fields<'a> {
    /// The fields of these settings.
    pub const fn of(settings: &'a ChannelSettings) -> Self {
        Self {
            settings,
            faults: Vec::new(),
        }
    }

    /// The faults found so far.
    pub fn into_faults(self) -> Vec<FieldFault> {
        self.faults
    }

    /// Notes a fault.
    pub fn fault(&mut self, field: &'static str, message: &'static str) {
        self.faults.push(FieldFault::new(field, message));
    }

    /// The value, unless it is missing or null.
    pub fn given(&self, field: &str) -> Option<&'a Value> {
        self.settings.get(field).filter(|value| !value.is_null())
    }

    /// A text without blanks around it; an empty one counts as missing.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        match self.given(field)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.fault(field, "must be a string");
                None
            }
        }
    }

    /// A text that must be there.
    pub fn required(&mut self, field: &'static str) -> String {
        let faults = self.faults.len();
        let text = self.text(field);
        if text.is_none() && self.faults.len() == faults {
            self.fault(field, "is required");
        }
        text.unwrap_or_default()
    }

    /// An `http` or `https` URL.
    pub fn address(&mut self, field: &'static str, default: Option<&str>) -> String {
        let text = match default {
            Some(default) => self.text(field).unwrap_or_else(|| default.to_owned()),
            None => self.required(field),
        };
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let is_url = has_host && Url::parse(&text).is_ok_and(|url| url.has_host());
        if !text.is_empty() && (!is_url || text.contains(char::is_whitespace)) {
            self.fault(field, "must be an http or https URL");
        }
        text
    }

    /// A list of texts, at least one, each of which fits.
    pub fn list(
        &mut self,
        field: &'static str,
        expected: &'static str,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let Some(given) = self.given(field) else {
            self.fault(field, "is required");
            return Vec::new();
        };
        let texts: Option<Vec<String>> = given.as_array().and_then(|items| {
            let text = |item: &Value| Some(item.as_str()?.trim().to_owned());
            items.iter().map(text).collect()
        });
        let texts = texts.unwrap_or_default();
        if texts.is_empty() || !texts.iter().all(|text| fits(text)) {
            self.fault(field, expected);
        }
        texts
    }
}
