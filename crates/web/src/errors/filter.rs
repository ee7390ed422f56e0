//! What a list's address says: search, status, range, order.

use super::search::{Token, pieces, token};
use crate::link::Address;

/// The tabs of status: value, word, and the term that they add to the search.
pub const STATUSES: [(&str, &str, &str); 5] = [
    ("open", "Open", "is:open"),
    ("regressed", "Regressed", "is:regressed"),
    ("ignored", "Ignored", "is:ignored"),
    ("resolved", "Resolved", "is:resolved"),
    ("all", "All", ""),
];

/// The ranges that one click chooses.
pub const RANGES: [&str; 5] = ["1h", "24h", "3d", "14d", "90d"];

/// The orders: value and words.
pub const SORTS: [(&str, &str); 5] = [
    ("last_seen", "Last seen"),
    ("first_seen", "First seen"),
    ("count", "Occurrences"),
    ("users", "Users"),
    ("trend", "Trend"),
];

/// What a list's address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFilter {
    /// The address, without what it need not say.
    pub address: Address,
    /// The filters of the search.
    pub tokens: Vec<Token>,
    /// The words of the search.
    pub words: String,
    /// The tab.
    pub status: &'static str,
    /// The range; empty for any time.
    pub range: String,
    /// The start of a range of one's own, as typed.
    pub since: String,
    /// The end of a range of one's own, as typed.
    pub until: String,
    /// The order.
    pub sort: &'static str,
    /// How many errors stand before this page.
    pub before: u64,
}

impl ListFilter {
    /// Reads the parameters of an address; `given` has them in order, repeated ones too.
    #[must_use]
    pub fn read(given: &[(String, String)]) -> Self {
        let last = |name: &str| {
            let found = given.iter().rev().find(|(known, _)| known == name);
            found
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        // A form sends filters beside the words that are typed.
        let parts = given
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "f" | "q"));
        let parts: Vec<&str> = parts
            .map(|(_, value)| value.trim())
            .filter(|part| !part.is_empty())
            .collect();
        let search = parts.join(" ");
        let mut tokens = Vec::new();
        let mut words = Vec::new();
        for piece in pieces(&search) {
            match token(piece) {
                Some(token) if !tokens.contains(&token) => tokens.push(token),
                Some(_) => {}
                None => words.push(piece),
            }
        }
        let status = last("status");
        let status = STATUSES
            .iter()
            .map(|(value, _, _)| *value)
            .find(|value| *value == status);
        let sort = last("sort");
        let sort = SORTS
            .iter()
            .map(|(value, _)| *value)
            .find(|value| *value == sort);
        let range = last("range");
        let filter = Self {
            address: Address::new("/errors"),
            words: words.join(" "),
            tokens,
            status: status.unwrap_or("open"),
            range: if RANGES.contains(&range.as_str()) {
                range
            } else {
                String::new()
            },
            since: last("since"),
            until: last("until"),
            sort: sort.unwrap_or("last_seen"),
            before: last("before").parse().unwrap_or(0),
        };
        filter.with_address((&last("project"), &last("cursor")))
    }

    fn with_address(self, (project, cursor): (&str, &str)) -> Self {
        let unless = |value: &str, plain: &str| {
            if value == plain {
                String::new()
            } else {
                value.to_owned()
            }
        };
        let (since, until) = if self.range.is_empty() {
            (self.since.as_str(), self.until.as_str())
        } else {
            ("", "")
        };
        let before = if cursor.is_empty() {
            String::new()
        } else {
            self.before.to_string()
        };
        let address = Address::new("/errors")
            .with("q", &self.search())
            .with("status", &unless(self.status, "open"))
            .with("range", &self.range)
            .with("since", since)
            .with("until", until)
            .with("sort", &unless(self.sort, "last_seen"))
            .with("project", project)
            .with("cursor", cursor)
            .with("before", &before);
        Self { address, ..self }
    }

    /// The search as one text.
    #[must_use]
    pub fn search(&self) -> String {
        let tokens = self.tokens.iter().map(Token::text);
        let words = (!self.words.is_empty()).then(|| self.words.clone());
        tokens.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Whether the search itself says which states it is about: the tabs add nothing then.
    #[must_use]
    pub fn names_states(&self) -> bool {
        let states = ["open", "unresolved", "resolved", "ignored", "regressed"];
        self.tokens.iter().any(|token| {
            token.key == "is:"
                && token
                    .value
                    .split([',', '[', ']'])
                    .any(|one| states.contains(&one.trim()))
        })
    }

    /// The search of the tab: what the address says, and its states.
    #[must_use]
    pub fn whole_search(&self) -> String {
        let term = STATUSES.iter().find(|(value, _, _)| *value == self.status);
        let term = term
            .map(|(_, _, term)| *term)
            .filter(|term| !term.is_empty() && !self.names_states());
        let search = self.search();
        let parts = term
            .into_iter()
            .map(str::to_owned)
            .chain((!search.is_empty()).then_some(search));
        parts.collect::<Vec<_>>().join(" ")
    }

    /// The parameters of the API's list that shows the same.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        self.parameters_of(self.whole_search())
    }

    /// The same without the tab's states.
    #[must_use]
    pub fn parameters_of_all(&self) -> Vec<(&'static str, String)> {
        self.parameters_of(self.search())
    }

    fn parameters_of(&self, search: String) -> Vec<(&'static str, String)> {
        let since = if self.range.is_empty() {
            &self.since
        } else {
            &self.range
        };
        let until = if self.range.is_empty() {
            self.until.as_str()
        } else {
            ""
        };
        vec![
            ("query", search),
            ("since", since.clone()),
            ("until", until.to_owned()),
            ("sort", self.sort.to_owned()),
            ("project", self.address.get("project").to_owned()),
            ("cursor", self.address.get("cursor").to_owned()),
            ("trend", "14d".to_owned()),
        ]
    }

    /// The list from its first page on, with one thing changed.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Address {
        let first = self.address.without("cursor").without("before");
        if name == "range" {
            return first.without("since").without("until").with(name, value);
        }
        first.with(name, value)
    }

    /// The list without a filter.
    #[must_use]
    pub fn without_token(&self, token: &Token) -> Address {
        let kept = self
            .tokens
            .iter()
            .filter(|one| *one != token)
            .map(Token::text);
        let words = (!self.words.is_empty()).then(|| self.words.clone());
        let search: Vec<String> = kept.chain(words).collect();
        self.with("q", &search.join(" "))
    }

    /// Whether anything but the status narrows the list.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.search().is_empty()
            || !self.range.is_empty()
            || !self.since.is_empty()
            || !self.until.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> ListFilter {
        let given: Vec<_> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        ListFilter::read(&given)
    }

    #[test]
    fn an_address_says_what_is_not_plain() {
        let list = read(&[
            ("q", " level:error  timeout "),
            ("status", "open"),
            ("sort", "count"),
            ("range", "3d"),
        ]);
        assert_eq!(
            list.address.to_string(),
            "/errors?q=level%3Aerror+timeout&range=3d&sort=count"
        );
        assert_eq!(list.whole_search(), "is:open level:error timeout");
        assert_eq!(list.words, "timeout");
        assert_eq!(
            read(&[("status", "x"), ("sort", "y"), ("range", "z")])
                .address
                .to_string(),
            "/errors"
        );
    }

    #[test]
    fn a_form_sends_filters_beside_words() {
        let list = read(&[
            ("f", "level:error"),
            ("f", "is:new"),
            ("q", "timeout level:error"),
        ]);
        assert_eq!(list.search(), "level:error is:new timeout");
        assert_eq!(
            list.without_token(&list.tokens[0]).get("q"),
            "is:new timeout"
        );
    }

    #[test]
    fn a_search_that_names_states_is_left_alone() {
        assert_eq!(
            read(&[("q", "is:ignored x")]).whole_search(),
            "is:ignored x"
        );
        assert_eq!(
            read(&[("q", "is:[open,ignored]")]).whole_search(),
            "is:[open,ignored]"
        );
        assert_eq!(read(&[("q", "is:new")]).whole_search(), "is:open is:new");
        assert_eq!(read(&[("status", "all")]).whole_search(), "");
    }

    #[test]
    fn changing_a_list_goes_back_to_its_start() {
        let list = read(&[("cursor", "c"), ("before", "50"), ("since", "2026-11-01")]);
        assert_eq!(list.address.get("before"), "50");
        assert_eq!(list.with("range", "3d").to_string(), "/errors?range=3d");
        assert_eq!(
            list.with("status", "all").to_string(),
            "/errors?since=2026-11-01&status=all"
        );
    }
}
