//! Finds payment card numbers.

use std::ops::Range;

use super::span;

const MIN_DIGITS: usize = 13;
const MAX_DIGITS: usize = 19;

/// Cards are printed with four digits in front.
const MIN_FIRST_GROUP: usize = 4;

/// Longer runs of digits are data, not a list of cards; looking at more groups than this is pointless.
const MAX_GROUPS: usize = 19;

/// Issuer ranges: the first and last prefix (of equal length) and the lengths in use.
///
/// The prefixes are issuer identification numbers as ISO/IEC 7812-1 assigns them, within the ranges and lengths that
/// the issuers publish. They keep timestamps, order numbers and most identifiers apart from cards, since one number
/// in ten passes Luhn by chance.
const ISSUERS: &[(u64, u64, &[usize])] = &[
    // Visa
    (4, 4, &[13, 16, 19]),
    // Mastercard
    (51, 55, &[16]),
    (2221, 2720, &[16]),
    // American Express
    (34, 34, &[15]),
    (37, 37, &[15]),
    // Discover
    (6011, 6011, &[16, 17, 18, 19]),
    (644, 649, &[16, 17, 18, 19]),
    (65, 65, &[16, 17, 18, 19]),
    // UnionPay
    (62, 62, &[16, 17, 18, 19]),
    // JCB
    (3528, 3589, &[16, 17, 18, 19]),
    // Diners Club
    (300, 305, &[14, 16, 17, 18, 19]),
    (3095, 3095, &[14, 16, 17, 18, 19]),
    (36, 36, &[14, 15, 16, 17, 18, 19]),
    (38, 39, &[14, 16, 17, 18, 19]),
    // Maestro: 12 digits are in use, too, but too few to be told from other numbers
    (5018, 5018, &[13, 14, 15, 16, 17, 18, 19]),
    (5020, 5020, &[13, 14, 15, 16, 17, 18, 19]),
    (5038, 5038, &[13, 14, 15, 16, 17, 18, 19]),
    (5893, 5893, &[13, 14, 15, 16, 17, 18, 19]),
    (6304, 6304, &[13, 14, 15, 16, 17, 18, 19]),
    (6390, 6390, &[13, 14, 15, 16, 17, 18, 19]),
    (67, 67, &[13, 14, 15, 16, 17, 18, 19]),
    // Mir
    (2200, 2204, &[16, 17, 18, 19]),
];

/// What a card number is called where it is written without a separator (`card4111111111111111`).
const NAMES: &[&str] = &["card", "cardno", "cardnumber", "ccn", "pan"];

/// Whether `number` is a card number.
pub(super) fn is_card(number: u64) -> bool {
    let digits = number.to_string();
    (MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) && is_card_number(digits.as_bytes())
}

/// Adds the card numbers of `text` to `spans`.
///
/// A card is at least 13 bytes of digits and separators, so looking at every 13th byte misses none.
pub(super) fn find(text: &[u8], spans: &mut Vec<Range<usize>>) {
    let mut from = 0;
    let mut probe = MIN_DIGITS - 1;
    while probe < text.len() {
        if !is_card_byte(text[probe]) {
            from = probe + 1;
            probe += MIN_DIGITS;
            continue;
        }
        let start = (from..probe)
            .rev()
            .find(|i| !is_card_byte(text[*i]))
            .map_or(from, |i| i + 1);
        let end = (probe..text.len())
            .find(|i| !is_card_byte(text[*i]))
            .unwrap_or(text.len());
        if end - start >= MIN_DIGITS {
            find_in_run(text, start..end, spans);
        }
        from = end;
        probe = end + MIN_DIGITS;
    }
}

fn is_card_byte(b: u8) -> bool {
    b.is_ascii_digit() || b == b' ' || b == b'-'
}

/// Splits a run of digits, spaces and dashes into chains of groups with single separators.
fn find_in_run(text: &[u8], run: Range<usize>, spans: &mut Vec<Range<usize>>) {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut at = run.start;
    while at < run.end {
        if !text[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = (at..run.end)
            .find(|i| !text[*i].is_ascii_digit())
            .unwrap_or(run.end);
        // The digits of a percent-encoded blank are none of the card's.
        if at > 0 && text[at - 1] == b'%' && end - at > 2 {
            at += 2;
        }
        if groups.last().is_some_and(|last| at - last.end > 1) {
            find_in_chain(text, &groups, spans);
            groups.clear();
        }
        groups.push(at..end);
        at = end;
    }
    find_in_chain(text, &groups, spans);
}

fn find_in_chain(text: &[u8], groups: &[Range<usize>], spans: &mut Vec<Range<usize>>) {
    let mut first = 0;
    while first < groups.len() {
        match longest_card(text, groups, first) {
            Some(last) => {
                spans.push(groups[first].start..groups[last].end);
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// The last group of the longest card that begins with group `first`.
fn longest_card(text: &[u8], groups: &[Range<usize>], first: usize) -> Option<usize> {
    let mut digits = [0_u8; MAX_DIGITS];
    let mut len = 0;
    let mut found = None;
    // Only the whole chain may be grouped in any way.
    if first > 0 && groups[first].len() < MIN_FIRST_GROUP {
        return None;
    }
    for (last, group) in groups.iter().enumerate().skip(first).take(MAX_GROUPS) {
        if len + group.len() > MAX_DIGITS {
            break;
        }
        digits[len..len + group.len()].copy_from_slice(&text[group.clone()]);
        len += group.len();
        let whole_chain = first == 0 && last + 1 == groups.len();
        if len >= MIN_DIGITS
            && (whole_chain || is_grouped_like_a_card(&groups[first..=last]))
            && stands_alone(text, &groups[first..=last])
            && is_card_number(&digits[..len])
        {
            found = Some(last);
        }
    }
    found
}

/// Within a longer list of numbers, only groups as cards are printed count: the first of four digits
/// or more, the others of three or more, the last one excepted.
fn is_grouped_like_a_card(groups: &[Range<usize>]) -> bool {
    groups.iter().enumerate().all(|(n, group)| {
        (n > 0 || group.len() >= MIN_FIRST_GROUP) && (n + 1 == groups.len() || group.len() >= 3)
    })
}

/// Whether the groups are no part of a decimal fraction, a hexadecimal number, a UUID or a longer word: digits within
/// a word (`blk_4000001234567899`) are an identifier, whatever they look like.
fn stands_alone(text: &[u8], groups: &[Range<usize>]) -> bool {
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else {
        return false;
    };
    let (before, after) = (&text[..first.start], &text[last.end..]);
    let decimal_before = matches!(before, [.., d, b'.'] if d.is_ascii_digit());
    let decimal_after = matches!(after, [b'.', d, ..] if d.is_ascii_digit());
    let uuid = matches!(after, [b'-', a, b, c, d, b'-', ..]
        if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) && groups.iter().map(Range::len).eq([8, 4, 4]));
    let word_after = after.first().copied().is_some_and(is_ascii_word);
    let word_before = match before {
        // The sign of a number that is part of a word (`blk_-4000001234567899`).
        [.., b'_', b'-'] | [.., b'_'] => true,
        _ => !span::starts_at_boundary(text, first.start),
    };
    !decimal_before
        && !decimal_after
        && !uuid
        && !word_after
        && (!word_before || is_named_card(before))
}

/// Words of scripts that are written without blanks end where digits begin, so that only ASCII joins.
const fn is_ascii_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// Whether the word that the digits directly follow says that they are a card's.
fn is_named_card(before: &[u8]) -> bool {
    const LONGEST: usize = 16;
    let mut word = [0_u8; LONGEST];
    let mut from = LONGEST;
    for b in before.iter().rev().take_while(|b| is_ascii_word(**b)) {
        if *b != b'_' {
            let Some(next) = from.checked_sub(1) else {
                return false;
            };
            from = next;
            word[from] = b.to_ascii_lowercase();
        }
    }
    NAMES.iter().any(|name| word[from..] == *name.as_bytes())
}

fn is_card_number(digits: &[u8]) -> bool {
    let prefix = |len: usize| {
        digits[..len]
            .iter()
            .fold(0_u64, |n, d| n * 10 + u64::from(d - b'0'))
    };
    let prefixes = [prefix(1), prefix(2), prefix(3), prefix(4)];
    let issued = ISSUERS.iter().any(|(low, high, lengths)| {
        let len = low.ilog10() as usize;
        (*low..=*high).contains(&prefixes[len]) && lengths.contains(&digits.len())
    });
    issued && passes_luhn(digits)
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, d)| {
            let digit = u32::from(d - b'0');
            match n % 2 {
                0 => digit,
                _ if digit > 4 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
