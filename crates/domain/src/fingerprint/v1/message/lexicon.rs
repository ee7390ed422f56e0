//! Looks up the classes of a word in the tables, through a hash table with open addressing.

use super::tables;
use std::sync::LazyLock;

/// Longest word any table holds, in bytes.
const LONGEST: usize = 24;

/// The sets that a word is in, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Classes(u32);

impl Classes {
    /// Whether the word is in one of the sets of `other`.
    pub(super) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

pub(super) const NAME: Classes = Classes(1);
pub(super) const UNIT: Classes = Classes(1 << 1);
pub(super) const MONTH: Classes = Classes(1 << 2);
pub(super) const DAY: Classes = Classes(1 << 3);
pub(super) const DATE: Classes = Classes(MONTH.0 | DAY.0);
pub(super) const HOST_ENDING: Classes = Classes(1 << 4);
pub(super) const DATA_WORD: Classes = Classes(1 << 5);
pub(super) const CODE_WORD: Classes = Classes(1 << 6);
pub(super) const STATUS_WORD: Classes = Classes(1 << 7);
pub(super) const STATUS_VERB: Classes = Classes(1 << 8);
pub(super) const VERSIONED: Classes = Classes(1 << 9);
pub(super) const TEXT_KEY: Classes = Classes(1 << 10);
pub(super) const STATUS_ABROAD: Classes = Classes(1 << 11);
pub(super) const NAMED: Classes = Classes(1 << 12);

/// Each table with its bit.
const SETS: &[(Classes, &[&str])] = &[
    (NAME, tables::NAMES),
    (UNIT, tables::UNITS),
    (MONTH, tables::MONTHS),
    (DAY, tables::DAYS),
    (HOST_ENDING, tables::HOST_ENDINGS),
    (DATA_WORD, tables::DATA_WORDS),
    (CODE_WORD, tables::CODE_WORDS),
    (STATUS_WORD, tables::STATUS_WORDS),
    (STATUS_VERB, tables::STATUS_VERBS),
    (VERSIONED, tables::VERSIONED),
    (TEXT_KEY, tables::TEXT_KEYS),
    (STATUS_ABROAD, tables::STATUSES_ABROAD),
    (NAMED, tables::NAMED),
];

/// Slots of the hash table: a power of two, at most half of them used.
const SLOTS: usize = 4096;
/// The bits of a slot that number a word; the others are those of its hash.
const NUMBER: u32 = 0xFFF;

/// All tables in one: a message has many words, and each is looked up once.
struct Lexicon {
    /// Small enough to stay in the processor's nearest cache. 0 is a free slot; words count from 1.
    slots: Box<[u32]>,
    /// Each word with its sets.
    words: Vec<(&'static str, u32)>,
}

impl Lexicon {
    /// The slot that `word` has or would have, and the number in it.
    fn find(&self, word: &str) -> (usize, Option<usize>) {
        let hash = hash(word.as_bytes());
        let mut at = hash as usize % SLOTS;
        while self.slots[at] != 0 {
            let slot = self.slots[at];
            let number = (slot & NUMBER) as usize - 1;
            if (slot ^ hash) & !NUMBER == 0 && self.words[number].0.eq_ignore_ascii_case(word) {
                return (at, Some(number));
            }
            at = (at + 1) % SLOTS;
        }
        (at, None)
    }

    fn add(&mut self, word: &'static str, class: Classes) {
        match self.find(word) {
            (_, Some(number)) => self.words[number].1 |= class.0,
            (at, None) => {
                self.words.push((word, class.0));
                let number = u32::try_from(self.words.len()).unwrap_or(NUMBER);
                self.slots[at] = hash(word.as_bytes()) & !NUMBER | number;
            }
        }
    }
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon {
        slots: vec![0; SLOTS].into_boxed_slice(),
        words: Vec::new(),
    };
    for (class, table) in SETS {
        for word in *table {
            lexicon.add(word, *class);
        }
    }
    lexicon
});

/// FNV-1a, 32 bits, without regard to case: http://www.isthe.com/chongo/tech/comp/fnv/.
fn hash(bytes: &[u8]) -> u32 {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, b| {
        (hash ^ u32::from(b | 0x20)).wrapping_mul(0x0100_0193)
    });
    // Its low bits alone are too much alike.
    hash ^ (hash >> 15)
}

/// The sets that hold `word` in any case.
pub(super) fn classes(word: &str) -> Classes {
    if word.len() > LONGEST || word.is_empty() {
        return Classes::default();
    }
    let lexicon = &*LEXICON;
    let (_, number) = lexicon.find(word);
    number.map_or_else(Classes::default, |number| Classes(lexicon.words[number].1))
}

/// Whether the set holds `word` in any case.
pub(super) fn is(set: Classes, word: &str) -> bool {
    classes(word).any(set)
}

/// Whether `table` (sorted) holds `word` as it is written.
pub(super) fn among_exact(table: &[&str], word: &str) -> bool {
    table.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::tables::*;
    use super::*;

    #[test]
    fn tables_are_as_they_are_looked_up() {
        for table in [CURRENCIES, ZONES] {
            if let Some(pair) = table.windows(2).find(|pair| pair[0] >= pair[1]) {
                panic!("{pair:?} is out of order");
            }
        }
        let entries: usize = SETS.iter().map(|(_, table)| table.len()).sum();
        assert!(entries * 2 <= SLOTS, "{entries} words");
        for (class, table) in SETS {
            for word in *table {
                assert!(word.len() <= LONGEST, "{word} is too long");
                assert_eq!(*word, word.to_lowercase());
                assert!(
                    is(*class, word) && is(*class, &word.to_ascii_uppercase()),
                    "{word}"
                );
            }
        }
        assert_eq!(classes("zebra"), Classes::default());
    }
}
