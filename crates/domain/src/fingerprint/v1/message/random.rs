//! Tells random letters from words and names of code.

/// For each letter, the letters that follow it in words, as bits from `a` on: pairs that are found in at least one of
/// 500 of the 8,000 most frequent words of English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech,
/// Danish, Swedish, Norwegian, Finnish, Hungarian, Romanian, Turkish or Indonesian (word lists of `wordfreq` 3.1).
#[rustfmt::skip]
const FOLLOWS: [u32; 26] = [
    0x37f_bfff, 0x11e_6b53, 0x31e_6f95, 0x37e_ef5f, 0x3ff_ffff, 0x11e_4b79, 0x11e_7fd9, 0x17e_7f19,
    0x3ff_ffff, 0x23c_7d7d, 0x17e_7f9f, 0x37c_ffff, 0x11e_f91b, 0x37d_7fff, 0x37e_ffff, 0x11e_eff5,
    0x010_0000, 0x37f_ffff, 0x37f_fff7, 0x37e_7ff7, 0x3fe_ffff, 0x33e_6d5d, 0x116_e19d, 0x008_c115,
    0x35e_ffff, 0x37e_ffdf,
];

/// Shorter words are too short to tell.
const SHORTEST: usize = 8;
/// Longer ones are not looked at further.
const LONGEST: usize = 64;
/// How many signs of chance a word must show, and in how many letters at most one of them.
const SIGNS: usize = 3;
const LETTERS_A_SIGN: usize = 6;
/// The same for words of small letters alone, of which some are several names in one.
const SMALL_LETTERS_A_SIGN: usize = 4;

/// Whether the word is made of letters by chance: a token, a key, an id without digits.
///
/// Three things are rare in words and in names of code, and common in random letters: pairs of letters that hardly any
/// language has, a single small letter between capitals, and several capitals at once beside small letters. Three of
/// them in a word of at most 18 letters are found in 96 of 100 random words of 16 letters and digits that hold no digit,
/// and in one of 160 names of program code, of which half are random letters themselves.
pub(super) fn is_random(word: &str) -> bool {
    let bytes = &word.as_bytes()[..word.len().min(LONGEST)];
    if bytes.len() < SHORTEST
        || !bytes
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
    {
        return false;
    }
    // Capitals alone are abbreviations and constants.
    if !bytes.iter().any(u8::is_ascii_lowercase) {
        return false;
    }
    let mixed = bytes.iter().any(u8::is_ascii_uppercase);
    let mut before = b' ';
    let mut signs = 0;
    for pair in bytes.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() {
            // A capital after a small letter begins another word; several are an abbreviation.
            let begins = a.is_ascii_lowercase() && b.is_ascii_uppercase();
            let capitals = mixed && a.is_ascii_uppercase() && b.is_ascii_uppercase();
            let sign = if begins {
                before.is_ascii_uppercase() || before == b'_'
            } else if capitals {
                !before.is_ascii_uppercase()
            } else {
                !follows(a, b)
            };
            signs += usize::from(sign);
        }
        before = a;
    }
    let letters_a_sign = if mixed {
        LETTERS_A_SIGN
    } else {
        SMALL_LETTERS_A_SIGN
    };
    signs >= SIGNS && signs * letters_a_sign >= bytes.len()
}

fn follows(a: u8, b: u8) -> bool {
    let index = |letter: u8| usize::from(letter.to_ascii_lowercase() - b'a');
    FOLLOWS[index(a)] >> index(b) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_letters_are_told_from_words() {
        for id in [
            "abCdEfGhIjKlMnOp",
            "QqmZZapsLwRtYkXv",
            "xkqjvwzpfgtrbnmd",
            "fTgHnKlWq_-zRvBx",
            "dQwXgWcQvbN",
        ] {
            assert!(is_random(id), "{id}");
        }
        for word in [
            "Rechtsschutzversicherung",
            "Angstschweiss",
            "przetwarzanie",
            "strengthened",
            "yksityiskohdat",
            "terminalokiratarologiskt",
            "karşılaştığımız",
            "XMLHttpRequest",
            "getElementsByTagName",
            "NoSuchBeanDefinitionException",
            "ThreadPoolExecutor",
            "kube-controller-manager",
            "UPPER_CASE_CONSTANT",
            "com_example_shop",
            "iPhoneBackgroundTask",
            "URLSessionDataTask",
            "pthread_mutex_lock",
            "syslogd",
            "unexpected",
            "QNetworkAccessManager",
            "REAL_GET_TASKS",
            "DHCPDISCOVER",
            "DHCPREQUEST",
            "xmlhttprequest",
            "addStoredBlock",
        ] {
            assert!(!is_random(word), "{word}");
        }
    }
}
