//! Which release is newer, and the order of a project's releases.

use super::version::{Semantic, Version};
use crate::id::ProjectId;
use std::cmp::Ordering;
use time::OffsetDateTime;
use uuid::Uuid;

/// What the order of releases goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'a> {
    /// The version.
    pub version: &'a Version,
    /// The release's time, as [`Release::time`](super::Release::time) returns it.
    pub at: OffsetDateTime,
}

/// How the releases of a project are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By version: all are semantic and have one name.
    Semantic,
    /// By time.
    Time,
}

impl Order {
    /// Returns the order of releases with these versions.
    #[must_use]
    pub fn of<'a>(versions: impl IntoIterator<Item = &'a Version>) -> Self {
        let mut names = versions
            .into_iter()
            .map(|version| version.semantic().map(|semantic| semantic.name()));
        let first = names.next().flatten();
        match first {
            Some(first) if names.all(|name| name == Some(first)) => Self::Semantic,
            _ => Self::Time,
        }
    }

    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Semantic => "semantic",
            Self::Time => "time",
        }
    }
}

/// Returns whether `a` is newer than `b`: of two semantic versions of the same name the greater is, in any other pair
/// the one of the later time. Of equal ones neither is. No two releases are newer than each other, but three may be in
/// a circle, so that this is no order: a list of releases has [`Order`].
#[must_use]
pub fn is_newer(a: Known<'_>, b: Known<'_>) -> bool {
    match (a.version.semantic(), b.version.semantic()) {
        (Some(one), Some(other)) if one.name() == other.name() => one.precedence(&other).is_gt(),
        _ => a.at > b.at,
    }
}

/// Returns whether two versions are the same release: equal texts, or semantic versions of one name that compare as
/// equal (`3.0` and `v3.0.0`).
#[must_use]
pub fn is_same(a: &Version, b: &Version) -> bool {
    match (a.semantic(), b.semantic()) {
        (Some(one), Some(other)) if one.name() == other.name() => one.precedence(&other).is_eq(),
        _ => a == b,
    }
}

/// Returns the newest of a project's releases, the first in their order; `None` without any.
#[must_use]
pub fn newest<'a>(releases: &[Known<'a>]) -> Option<Known<'a>> {
    let order = Order::of(releases.iter().map(|known| known.version));
    let all = releases.iter().copied();
    all.max_by_key(|known| Place::new(*known, ProjectId(Uuid::nil()), order))
}

/// Sorts releases, newest first: by `order`, equal ones by text, then by project.
#[must_use]
pub fn newest_first<T>(
    releases: Vec<T>,
    order: Order,
    known: impl Fn(&T) -> (Known<'_>, ProjectId),
) -> Vec<T> {
    let place = |release| {
        let (known, project) = known(release);
        Place::new(known, project, order)
    };
    // Each version is parsed once, not at each comparison.
    let mut places: Vec<(Place<'_>, usize)> = releases.iter().map(place).zip(0..).collect();
    places.sort_by(|(a, _), (b, _)| b.cmp(a));
    let places: Vec<usize> = places.into_iter().map(|(_, index)| index).collect();
    let mut releases: Vec<Option<T>> = releases.into_iter().map(Some).collect();
    let taken = places.into_iter().map(|index| releases[index].take());
    taken.flatten().collect()
}

/// A release's place in an order; the newest is the greatest.
pub(super) struct Place<'a> {
    by: By<'a>,
    text: &'a str,
    project: ProjectId,
}

enum By<'a> {
    Semantic(Semantic<'a>),
    Time(OffsetDateTime),
}

impl<'a> Place<'a> {
    pub(super) fn new(known: Known<'a>, project: ProjectId, order: Order) -> Self {
        let semantic = match order {
            Order::Semantic => known.version.semantic(),
            Order::Time => None,
        };
        Self {
            by: semantic.map_or(By::Time(known.at), By::Semantic),
            text: known.version.as_str(),
            project,
        }
    }
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by = match (&self.by, &other.by) {
            (By::Semantic(a), By::Semantic(b)) => a.precedence(b),
            (By::Time(a), By::Time(b)) => a.cmp(b),
            // Only where a version is compared in a semantic order that is not semantic itself.
            (By::Semantic(_), By::Time(_)) => Ordering::Greater,
            (By::Time(_), By::Semantic(_)) => Ordering::Less,
        };
        by.then_with(|| (self.text, self.project).cmp(&(other.text, other.project)))
    }
}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-11-27 00:00 UTC);

    type Entry = (Version, OffsetDateTime);

    fn entry(text: &str, minute: i64) -> Entry {
        let version = Version::new(text).expect("valid");
        (version, START + Duration::minutes(minute))
    }

    fn known((version, at): &Entry) -> Known<'_> {
        Known { version, at: *at }
    }

    fn of_one_project(entry: &Entry) -> (Known<'_>, ProjectId) {
        (known(entry), ProjectId(Uuid::nil()))
    }

    fn sorted(releases: Vec<Entry>) -> (Order, Vec<String>) {
        let order = Order::of(releases.iter().map(|(version, _)| version));
        let newest = newest(&releases.iter().map(known).collect::<Vec<_>>());
        let newest = newest.map(|known| known.version.to_string());
        let sorted = newest_first(releases, order, of_one_project);
        let texts: Vec<String> = sorted
            .iter()
            .map(|(version, _)| version.to_string())
            .collect();
        assert_eq!(texts.first(), newest.as_ref());
        (order, texts)
    }

    #[test]
    fn the_greater_version_of_a_name_is_newer_whatever_its_time() {
        let newer = [
            (entry("10.24.0", 0), entry("10.18.7", 9)),
            (entry("v2.0", 0), entry("1.9.9.9", 9)),
            (entry("shop@1.1", 0), entry("shop@1.0", 9)),
            (entry("1.0+2", 0), entry("1.0+1", 9)),
        ];
        for (a, b) in newer {
            assert!(is_newer(known(&a), known(&b)), "{a:?} {b:?}");
            assert!(!is_newer(known(&b), known(&a)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn the_later_one_of_any_other_pair_is_newer() {
        let newer = [
            (entry("shop@1.0", 9), entry("2.0", 0)),
            (entry("shop@1.0", 9), entry("cart@2.0", 0)),
            (entry("7d8e9fa", 9), entry("2.0", 0)),
            (entry("a", 9), entry("b", 0)),
        ];
        for (a, b) in newer {
            assert!(is_newer(known(&a), known(&b)), "{a:?} {b:?}");
            assert!(!is_newer(known(&b), known(&a)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn equal_releases_are_not_newer() {
        for (a, b) in [
            (entry("1.0", 9), entry("v1.0.0", 0)),
            (entry("a", 0), entry("b", 0)),
        ] {
            assert!(!is_newer(known(&a), known(&b)), "{a:?} {b:?}");
            assert!(!is_newer(known(&b), known(&a)), "{a:?} {b:?}");
        }
    }

    #[test]
    fn semantic_versions_of_one_name_are_ordered_by_version() {
        let releases = vec![entry("10.18.7", 9), entry("v10.24", 1), entry("10.24.0", 0)];
        let expected = ["v10.24", "10.24.0", "10.18.7"].map(str::to_owned);
        assert_eq!(sorted(releases), (Order::Semantic, expected.to_vec()));
    }

    #[test]
    fn other_releases_are_ordered_by_time_then_by_text() {
        for odd in ["nightly", "shop@11.0"] {
            let releases = vec![
                entry("10.24.0", 1),
                entry("10.18.7", 9),
                entry(odd, 2),
                entry("10.3.0", 1),
            ];
            let expected = ["10.18.7", odd, "10.3.0", "10.24.0"].map(str::to_owned);
            assert_eq!(sorted(releases), (Order::Time, expected.to_vec()));
        }
        assert_eq!(sorted(Vec::new()), (Order::Time, Vec::new()));
        assert_eq!(sorted(vec![entry("a", 0)]).0, Order::Time);
    }

    fn any_entry() -> impl Strategy<Value = Entry> {
        let text = "(v|a@|b@)?(0|1|10)\\.(0|00|2)(\\.0)?(-a|-1|\\+1)?|x|y";
        (text, 0_i64..3).prop_map(|(text, minute)| entry(&text, minute))
    }

    proptest! {
        #[test]
        fn no_two_are_newer_than_each_other(a in any_entry(), b in any_entry()) {
            prop_assert!(!is_newer(known(&a), known(&a)));
            prop_assert!(!(is_newer(known(&a), known(&b)) && is_newer(known(&b), known(&a))));
        }

        #[test]
        fn the_order_depends_on_the_releases_alone(
            releases in proptest::collection::vec(any_entry(), 0..8).prop_shuffle()
        ) {
            let mut turned = releases.clone();
            turned.reverse();
            let (order, texts) = sorted(releases.clone());
            prop_assert_eq!((order, &texts), (sorted(turned.clone()).0, &sorted(turned).1));
            prop_assert_eq!(texts.len(), releases.len());
        }

        #[test]
        fn nothing_is_newer_than_what_stands_before_it_in_a_semantic_order(
            releases in proptest::collection::vec(any_entry(), 0..8)
        ) {
            let order = Order::of(releases.iter().map(|(version, _)| version));
            let sorted = newest_first(releases, order, of_one_project);
            for pair in sorted.windows(2) {
                let newer = is_newer(known(&pair[1]), known(&pair[0]));
                prop_assert!(order == Order::Time || !newer, "{:?}", pair);
            }
        }
    }
}
