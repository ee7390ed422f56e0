//! Look-ups in the tables.

use super::tables;

/// Longest word any table holds, in bytes.
const LONGEST: usize = 24;

/// Whether `table` (lowercase, in any order) holds `word` in any case.
pub(super) fn among(table: &[&str], word: &str) -> bool {
    word.len() <= LONGEST && table.iter().any(|entry| entry.eq_ignore_ascii_case(word))
}

/// Whether `table` (lowercase, sorted) holds `word` in any case.
pub(super) fn among_sorted(table: &[&str], word: &str) -> bool {
    if word.len() > LONGEST {
        return false;
    }
    let mut buffer = [0_u8; LONGEST];
    let lower = &mut buffer[..word.len()];
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    table.binary_search_by(|entry| entry.as_bytes().cmp(lower)).is_ok()
}

/// Whether `table` (sorted) holds `word` as it is written.
pub(super) fn among_exact(table: &[&str], word: &str) -> bool {
    table.binary_search(&word).is_ok()
}

/// Whether the word names a thing although it holds digits.
pub(super) fn is_name(word: &str) -> bool {
    among_sorted(tables::NAMES, word)
}

/// Whether the word is a published error code: a known family and at least three digits.
pub(super) fn is_error_code(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    if letters == 0 || letters > 10 {
        return false;
    }
    let (family, rest) = word.split_at(letters);
    let hyphen = rest.starts_with('-');
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    let digits = digits.strip_suffix(['E', 'W', 'I', 'N']).unwrap_or(digits);
    if family == "CVE" || family == "GHSA" {
        return hyphen;
    }
    // One letter alone is too common in ids: `E0277` has exactly four digits and no hyphen.
    let enough = if letters == 1 {
        !hyphen && digits.len() == 4
    } else {
        (3..=6).contains(&digits.len())
    };
    enough
        && digits.bytes().all(|b| b.is_ascii_digit())
        && tables::CODE_FAMILIES.contains(&family)
}

#[cfg(test)]
mod tests {
    use super::super::tables::*;
    use super::*;

    #[test]
    fn tables_that_are_searched_are_sorted() {
        for table in [NAMES, UNITS, CURRENCIES, ZONES, MONTHS, DAYS, HOST_ENDINGS] {
            if let Some(pair) = table.windows(2).find(|pair| pair[0] >= pair[1]) {
                panic!("{pair:?} is out of order");
            }
        }
    }

    #[test]
    fn published_codes_are_told_from_ids() {
        for code in ["ORA-00942", "TS2304", "E0277", "CS0246", "CVE-2024-3094", "SQL0204N"] {
            assert!(is_error_code(code), "{code}");
        }
        for id in ["A-1001", "SKU-9", "INC-12345", "E12", "X0277", "ORA-1"] {
            assert!(!is_error_code(id), "{id}");
        }
    }
}
