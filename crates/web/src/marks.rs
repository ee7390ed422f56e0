//! What happened meanwhile, as lines in a chart.

use crate::chart::Mark;
use crate::number::counted;
use crate::when::Clock;
use faultbook_domain::analytics::{MarkKind, TrendMark};
use time::OffsetDateTime;

/// Characters of a label below a chart.
const LABEL: usize = 18;

/// Marks as lines of a chart from `since` to `until`.
#[must_use]
pub fn lines(
    marks: &[TrendMark],
    (since, until): (OffsetDateTime, OffsetDateTime),
    clock: Clock,
) -> Vec<Mark> {
    let length = (until - since).as_seconds_f64().max(1.0);
    let line = |mark: &TrendMark| Mark {
        at: (mark.at - since).as_seconds_f64() / length,
        label: short(&mark.label),
        title: format!(
            "{} {}, {}",
            word(mark.kind),
            mark.label,
            clock.when(mark.at).text()
        ),
        hot: is_hot(mark),
    };
    marks.iter().map(line).collect()
}

/// What the marks are, for those who do not see them: ` 2 deploys, 1 alert.`
#[must_use]
pub fn told(marks: &[TrendMark]) -> String {
    let kinds = [
        (MarkKind::Release, "release"),
        (MarkKind::Deploy, "deploy"),
        (MarkKind::Firing, "alert"),
        (MarkKind::Resolved, "resolution"),
        (MarkKind::Regressed, "regression"),
    ];
    let told = kinds.into_iter().filter_map(|(kind, noun)| {
        let count = marks.iter().filter(|mark| mark.kind == kind).count();
        (count > 0).then(|| counted(count, noun))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return String::new();
    }
    format!(" {}.", told.join(", "))
}

fn is_hot(mark: &TrendMark) -> bool {
    matches!(mark.kind, MarkKind::Firing | MarkKind::Regressed)
}

const fn word(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Release => "Release",
        MarkKind::Deploy => "Deploy",
        MarkKind::Firing => "Alert",
        MarkKind::Resolved => "Resolved",
        MarkKind::Regressed => "Regressed",
    }
}

fn short(label: &str) -> String {
    if label.chars().count() <= LABEL {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LABEL - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn marks_stand_where_they_happened() {
        let (since, until) = (
            datetime!(2026-11-26 0:00 UTC),
            datetime!(2026-11-28 0:00 UTC),
        );
        let mark = |at, kind, label: &str| TrendMark {
            at,
            kind,
            label: label.to_owned(),
            id: None,
        };
        let marks = [
            mark(
                datetime!(2026-11-26 12:00 UTC),
                MarkKind::Deploy,
                "shop@1.4.0+build.77 production",
            ),
            mark(
                datetime!(2026-11-27 12:00 UTC),
                MarkKind::Firing,
                "Many errors",
            ),
        ];
        let lines = lines(&marks, (since, until), Clock::new(until));
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.at, line.hot, line.label.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (0.25, false, "shop@1.4.0+build.…"),
                (0.75, true, "Many errors")
            ]
        );
        assert_eq!(
            lines[0].title,
            "Deploy shop@1.4.0+build.77 production, 26 Nov 12:00"
        );
        assert_eq!(told(&marks), " 1 deploy, 1 alert.");
        assert_eq!(told(&[]), "");
    }
}
