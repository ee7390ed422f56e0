//! The source lines around a position.

use crate::frames::Rewritten;
use sourcemap::SourceView;

/// Lines before and after the one of the position.
const AROUND: u32 = 5;
/// The longest line that is shown whole, in characters.
const MOST: usize = 200;

/// Puts the lines around line and column, from 1. Returns whether there is such a line.
pub(crate) fn put(view: &SourceView, rewritten: &mut Rewritten) -> bool {
    let Some(line) = rewritten.line.checked_sub(1) else {
        return false;
    };
    let Some(own) = view.get_line(line) else {
        return false;
    };
    rewritten.context_line = Some(cut(own, rewritten.column as usize));
    let before = line.saturating_sub(AROUND)..line;
    rewritten.pre_context = before
        .filter_map(|line| view.get_line(line))
        .map(|line| cut(line, 0))
        .collect();
    let after = line + 1..line.saturating_add(1 + AROUND);
    rewritten.post_context = after
        .map_while(|line| view.get_line(line))
        .map(|line| cut(line, 0))
        .collect();
    true
}

/// Cuts a long line around a column.
fn cut(line: &str, column: usize) -> String {
    let line = line.trim_end_matches('\r');
    let length = line.chars().count();
    if length <= MOST {
        return line.to_owned();
    }
    let start = column.saturating_sub(MOST / 2).min(length - MOST);
    let kept: String = line.chars().skip(start).take(MOST).collect();
    let before = if start > 0 { "{snip} " } else { "" };
    let after = if start + MOST < length { " {snip}" } else { "" };
    format!("{before}{kept}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_map::source_view;

    #[test]
    fn five_lines_each_way() {
        let text: Vec<String> = (1..=20).map(|line| format!("line {line}\r\n")).collect();
        let view = source_view(text.concat().as_bytes());
        let around = |line| {
            let mut rewritten = Rewritten {
                line,
                column: 1,
                ..Rewritten::default()
            };
            assert!(put(&view, &mut rewritten));
            (
                rewritten.pre_context,
                rewritten.context_line.unwrap(),
                rewritten.post_context,
            )
        };
        let (before, own, after) = around(7);
        assert_eq!((before.len(), own.as_str(), after.len()), (5, "line 7", 5));
        assert_eq!(
            (before[0].as_str(), after[4].as_str()),
            ("line 2", "line 12")
        );
        assert_eq!((around(1).0.len(), around(2).0.len()), (0, 1));
        let mut beyond = Rewritten {
            line: 22,
            ..Rewritten::default()
        };
        assert!(!put(&view, &mut beyond));
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let line = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let shown = cut(&line, 501);
        assert!(shown.contains('X') && shown.starts_with("{snip} ") && shown.ends_with(" {snip}"));
        assert_eq!(cut(&line, 1).find("{snip}"), Some(201));
        assert!(cut(&line, 1_001).ends_with('b'));
    }
}
