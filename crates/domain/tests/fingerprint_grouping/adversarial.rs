//! Any input is read, in time linear in its length.

use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{Fingerprint, FingerprintInput, Fingerprinter};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// What one reading may take on a busy machine. A linear pass takes a second at most; a quadratic
/// one over this much text takes minutes.
const LIMIT: Duration = Duration::from_secs(15);
/// 1 MiB, the largest body there is; less in a debug build, which is some twenty times slower.
const LARGE: usize = if cfg!(debug_assertions) {
    1 << 17
} else {
    1 << 20
};

fn read(message: &str, stack_trace: Option<&str>) -> Fingerprint {
    let input = FingerprintInput {
        source: "shop",
        message,
        stack_trace,
        ..FingerprintInput::default()
    };
    FingerprinterV1.fingerprint(&input)
}

/// Pieces that once made some parser somewhere slow.
const PIECES: &[&str] = &[
    "a",
    "1",
    "(",
    ")",
    "[",
    "{",
    "\"",
    "'",
    "`",
    "<",
    "«",
    "\u{201c}",
    "at ",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\x1b[",
    "\x1b[31m",
    "\x1b]0;",
    "=",
    "==",
    "a=",
    "a='",
    ":",
    "://",
    "a://",
    "/",
    "\\",
    ".",
    "..",
    "a.",
    "@",
    "a@b.",
    "#",
    "#0 ",
    "-",
    "0x",
    "{\"",
    "[{\"a\":",
    "{\"a\\",
    "'a ",
    "\"a\\\"",
    "`a'",
    "for ",
    "no x for ",
    "user a ",
    "from A ",
    "Mon ",
    "thread '",
    "' panicked at '",
    "[{file,\"a.erl\"},",
    "{a,b,2,[{file,\"a.erl\"},{line,1}]},",
    "{a,b,[",
    "a | ",
    " at f (a.js:1:2)",
    "{\"a\":\"b\",",
    "\n> 1 | a",
    "(1): ",
    "May ",
    "at a (",
    "at a.b(",
    "File \"",
    "File \"a\", line 1, in b\n",
    " called at ",
    " line 1",
    " at ",
    "from a:1:in `",
    "Caused by: ",
    "---> ",
    "goroutine 1 [running]:\n",
    "panic(",
    "1: ",
    "stack backtrace:\n1: <",
    "<a as ",
    "a<",
    "a::",
    "(anonymous namespace)",
    "operator",
    "$$",
    "é",
    "\u{0}",
    "STATEMENT:  '",
    "ERROR:  ",
    "[1:2:3]",
    "[::",
    "^",
    "\n^",
    "2024-01-01 ",
    "[INFO] ",
    "Type: ",
    "a|1",
    "Next A: b\n",
    "    at f (/a.js:1:1)\n",
    "\tat a.b.C.d(E.java:1)\n",
    "Suppressed: a.B: c\n",
    "#1 /a.php(2): f()\n",
    "x:1 y.z.w:2 ",
    "a.b.c.d:1 ",
    // Found by the property below.
    "'\"'1/@q%\u{5}$Rr`'{\"\"@\"u\"=",
    "a='{",
    "a=\"{(",
];

#[test]
fn a_mebibyte_of_anything_is_read_in_time() {
    for piece in PIECES {
        let text = piece.repeat(LARGE / piece.len());
        let start = Instant::now();
        read(&text, None);
        read("x", Some(&text));
        read(
            "x",
            Some(&format!("Error: x\n    at a (/a.js:1:2)\n{text}")),
        );
        let took = start.elapsed();
        assert!(took < LIMIT, "{piece:?} took {took:?}");
    }
}

#[test]
fn deep_nesting_and_endless_lines_are_read_in_time() {
    let half = LARGE / 2;
    let nested = format!("{}{}", "(".repeat(half), ")".repeat(half));
    let json = format!("{{\"a\":{}{}", "[".repeat(half), "]".repeat(half));
    let generic = format!(
        "at {}x{}(A.java:1)",
        "A<".repeat(half / 2),
        ">".repeat(half / 2)
    );
    let arguments = format!(
        "goroutine 1 [running]:\nmain.f({})\n\t/a.go:1",
        "{0x1}, ".repeat(half / 8)
    );
    let line = format!(
        "#0 0x1 in {}",
        "std::vector<int, std::allocator<int> > ".repeat(half / 40)
    );
    for text in [nested, json, generic, arguments, line] {
        let start = Instant::now();
        read(&text, None);
        read("x", Some(&text));
        assert!(
            start.elapsed() < LIMIT,
            "{:?}... took {:?}",
            &text[..40],
            start.elapsed()
        );
    }
}

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            prop::sample::select(PIECES).prop_map(str::to_owned),
            ".{0,12}",
            "[a-z0-9./:@=\"'-]{1,12}"
        ],
        0..40,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_the_same_way_each_time(message in pieces(), stack in pieces()) {
        prop_assert_eq!(read(&message, Some(&stack)), read(&message, Some(&stack)));
    }

    #[test]
    fn a_number_in_a_sentence_never_matters(before in "[a-z ]{0,20}", a in 0_u64.., b in 0_u64.., after in "[a-z ]{0,20}") {
        let text = |n: u64| format!("x {before} {n} {after}");
        prop_assert_eq!(read(&text(a), None), read(&text(b), None));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_repetition_is_read_in_time(piece in pieces()) {
        prop_assume!(!piece.is_empty());
        let text = piece.repeat((LARGE / 2) / piece.len() + 1);
        let start = Instant::now();
        read(&text, Some(&text));
        prop_assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    }
}
