//! Card numbers go, identifiers of the same length stay.

use super::{SCRUBBER, scrub};
use crate::scrub::{FILTERED, Scrubber};

/// Identifiers of each kind.
const MANY: usize = 10_000;

/// Numbers that issuers and payment providers publish for tests.
const PUBLISHED: &[(&str, &str)] = &[
    ("Visa, 13 digits", "4222222222222"),
    ("Visa", "4111111111111111"),
    ("Visa", "4012888888881881"),
    ("Visa", "4242424242424242"),
    ("Visa, 19 digits", "4917610000000000003"),
    ("Mastercard", "5555555555554444"),
    ("Mastercard", "5105105105105100"),
    ("Mastercard", "5200828282828210"),
    ("Mastercard, 2-series", "2223003122003222"),
    ("Mastercard, 2-series", "2221000000000009"),
    ("Mastercard, 2-series", "2720990000000007"),
    ("American Express", "378282246310005"),
    ("American Express", "371449635398431"),
    ("American Express", "343434343434343"),
    ("Diners Club, 14 digits", "30569309025904"),
    ("Diners Club, 14 digits", "38520000023237"),
    ("Diners Club, 14 digits", "36227206271667"),
    ("Diners Club", "3056930009020004"),
    ("Discover", "6011111111111117"),
    ("Discover", "6011000990139424"),
    ("Discover", "6445644564456445"),
    ("Discover", "6500000000000002"),
    ("JCB", "3530111333300000"),
    ("JCB", "3566002020360505"),
    ("UnionPay", "6200000000000005"),
    ("UnionPay", "6250941006528599"),
    ("UnionPay, 19 digits", "6205500000000000004"),
    ("Maestro", "6759649826438453"),
    ("Maestro", "6304000000000000"),
    ("Maestro, 19 digits", "6799990100000000019"),
];

/// A small generator: the same numbers in each run. Numerical Recipes' 64-bit constants.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.below(10)).expect("a digit")))
            .collect()
    }

    fn length(&mut self) -> usize {
        13 + usize::try_from(self.below(7)).expect("a small number")
    }
}

/// `digits` with a last digit by which they pass the check of ISO/IEC 7812-1.
fn checked(mut digits: String) -> String {
    digits.pop();
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(n, d)| {
            if n % 2 == 0 {
                d * 2 / 10 + d * 2 % 10
            } else {
                d
            }
        })
        .sum();
    digits + &((10 - sum % 10) % 10).to_string()
}

#[track_caller]
fn assert_stays(text: &str) {
    assert_eq!(SCRUBBER.scrub_text(text), None, "{text}");
}

#[test]
fn every_issuers_card_numbers_go() {
    for (issuer, number) in PUBLISHED {
        assert_eq!(checked((*number).to_owned()), *number, "{issuer}");
        let groups: Vec<&str> = [4, 4, 4, 4, 4]
            .iter()
            .scan(*number, |rest, n| {
                let (group, after) = rest.split_at((*n).min(rest.len()));
                *rest = after;
                (!group.is_empty()).then_some(group)
            })
            .collect();
        for written in [(*number).to_owned(), groups.join(" "), groups.join("-")] {
            for (before, after) in [
                ("", ""),
                ("paid by ", "."),
                ("nr:", ","),
                ("order-", ""),
                ("nr=", "&x=1"),
                ("nr#", ""),
                ("(", ")"),
                ("/", "/"),
                ("カード", "は無効"),
                ("card", " declined"),
                ("card_number_", " declined"),
            ] {
                let text = format!("{before}{written}{after}");
                assert_eq!(
                    scrub(&text),
                    format!("{before}{FILTERED}{after}"),
                    "{issuer}"
                );
            }
        }
    }
}

#[test]
fn digits_within_a_word_stay() {
    let mut random = Random(1);
    let words = [
        "blk_",
        "blk_-",
        "id",
        "order_",
        "Job",
        "x",
        "task_2017_",
        "µ9_",
    ];
    for i in 0..MANY {
        let number = checked(format!("4{}", random.digits(15)));
        assert_stays(&format!("{}{number}", words[i % words.len()]));
        let after = ["_m_0001", "abc", "_", "Z"][i % 4];
        assert_stays(&format!("{number}{after}"));
        let length = random.length();
        assert_stays(&format!("job_{}", random.digits(length)));
    }
}

#[test]
fn numbers_without_an_issuer_stay() {
    let mut random = Random(2);
    for i in 0..MANY {
        let prefix = [
            "0", "1", "7", "8", "9", "31", "33", "59", "60", "66", "2721", "2100",
        ][i % 12];
        // 6011 and 6759 begin like two of these.
        let next = if prefix == "60" { "5" } else { "" };
        let length = random.length();
        let digits = random.digits(length - prefix.len() - next.len());
        assert_stays(&checked(format!("{prefix}{next}{digits}")));
    }
}

#[test]
fn numbers_of_an_impossible_length_stay() {
    let mut random = Random(3);
    let issued = [
        ("4", 14),
        ("4", 15),
        ("4", 17),
        ("4", 18),
        ("51", 15),
        ("55", 17),
        ("2300", 13),
        ("34", 16),
        ("37", 14),
        ("6011", 15),
        ("3530", 15),
        ("62", 14),
        ("300", 13),
        ("4", 20),
        ("6759", 24),
    ];
    for i in 0..MANY {
        let (prefix, length) = issued[i % issued.len()];
        let digits = random.digits(length - prefix.len());
        assert_stays(&checked(format!("{prefix}{digits}")));
    }
}

#[test]
fn numbers_that_fail_the_check_stay() {
    let mut random = Random(4);
    for i in 0..MANY {
        let (prefix, length) = [("4", 16), ("51", 16), ("37", 15), ("6011", 16), ("62", 19)][i % 5];
        let digits = format!("{prefix}{}", random.digits(length - prefix.len()));
        let right = checked(digits);
        let last = right.as_bytes()[length - 1];
        let wrong = (last - b'0' + 1 + u8::try_from(random.below(9)).expect("a digit")) % 10;
        assert_stays(&format!("{}{wrong}", &right[..length - 1]));
    }
}
