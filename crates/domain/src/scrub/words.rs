//! Word tables that tell names, values and statements apart.

/// Words with which a statement about a value begins: `must be set`, `can't be blank`.
const STATEMENT_STARTS: &[&str] = &[
    "a", "an", "and", "are", "at", "because", "by", "can", "can't", "cannot", "contains", "could",
    "did", "do", "does", "doesn't", "don't", "ensure", "enter", "expected", "failed", "field",
    "for", "from", "has", "have", "if", "in", "invalid", "is", "isn't", "length", "may", "minimum",
    "missing", "must", "needs", "no", "not", "of", "on", "only", "or", "please", "required",
    "requires", "shall", "should", "the", "this", "to", "too", "unable", "value", "was", "when",
    "will", "with", "you", "your",
];

/// Words that make several words a statement about a value.
const FAULT_WORDS: &[&str] = &[
    "are",
    "be",
    "can't",
    "cannot",
    "contains",
    "does",
    "doesn't",
    "ensure",
    "enter",
    "expired",
    "failed",
    "has",
    "have",
    "incorrect",
    "invalid",
    "is",
    "isn't",
    "least",
    "may",
    "missing",
    "must",
    "needs",
    "not",
    "please",
    "required",
    "requires",
    "should",
    "too",
    "was",
    "were",
    "wrong",
];

/// Words with which a statement begins when one of [`FAULT_WORDS`] follows: `this field is required`.
const SUBJECTS: &[&str] = &[
    "field",
    "it",
    "length",
    "only",
    "password",
    "passwords",
    "that",
    "the",
    "this",
    "value",
    "you",
    "your",
];

/// What is done to or happens to a secret, as in the names of tasks and events (`password:reset`).
const ACTIONS: &[&str] = &[
    "accepted",
    "add",
    "added",
    "audit",
    "change",
    "changed",
    "check",
    "cleared",
    "consent",
    "create",
    "created",
    "decrypt",
    "delete",
    "deleted",
    "edit",
    "encrypt",
    "export",
    "generate",
    "get",
    "import",
    "init",
    "issue",
    "issued",
    "list",
    "load",
    "parse",
    "read",
    "refresh",
    "refreshed",
    "remove",
    "removed",
    "renew",
    "request",
    "requested",
    "reset",
    "revoke",
    "rotate",
    "rotated",
    "save",
    "send",
    "sent",
    "set",
    "setup",
    "show",
    "status",
    "sync",
    "test",
    "update",
    "updated",
    "upload",
    "validate",
    "validation",
    "verification",
    "verify",
    "write",
];

/// Members that hold the name of a value.
const NAME_MEMBERS: &[&str] = &[
    "attr",
    "attribute",
    "field",
    "fld",
    "header",
    "id",
    "k",
    "key",
    "label",
    "n",
    "name",
    "option",
    "param",
    "parameter",
    "parametername",
    "property",
    "setting",
    "variable",
];

/// Members that lead to the name of a value: `/user/password`, `["body","password"]`.
const PATH_MEMBERS: &[&str] = &[
    "datapath",
    "dotpath",
    "instancepath",
    "loc",
    "location",
    "path",
    "pointer",
    "propertypath",
];

/// Members that hold the value beside a name.
const VALUE_MEMBERS: &[&str] = &[
    "actual", "after", "before", "content", "contents", "current", "data", "from", "given",
    "input", "new", "old", "original", "previous", "provided", "raw", "string", "text", "to", "v",
    "val", "value", "values",
];

/// Members that hold the value at a path.
const PATH_VALUE_MEMBERS: &[&str] = &[
    "actual", "given", "input", "new", "old", "val", "value", "values",
];

pub(super) fn is_in(word: &[u8], table: &[&str]) -> bool {
    table
        .iter()
        .any(|t| t.as_bytes().eq_ignore_ascii_case(word))
}

/// How a member of an object is told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// Its value is the name.
    Name,
    /// Its value is a path whose last part is the name.
    Path,
    /// Its value is a kind of input, which is a name when it is `password`.
    Type,
}

const LONGEST_MEMBER: usize = 24;

/// For each length, the first letters of the members that name something, as bits: turns most members
/// away at the cost of one look-up.
const FIRST_LETTERS: [u32; LONGEST_MEMBER + 1] = {
    let mut letters = add_first_letters([0; LONGEST_MEMBER + 1], NAME_MEMBERS);
    letters = add_first_letters(letters, PATH_MEMBERS);
    add_first_letters(letters, &["type"])
};

const fn add_first_letters(
    mut letters: [u32; LONGEST_MEMBER + 1],
    words: &[&str],
) -> [u32; LONGEST_MEMBER + 1] {
    let mut at = 0;
    while at < words.len() {
        letters[words[at].len()] |= 1 << (words[at].as_bytes()[0] & 31);
        at += 1;
    }
    letters
}

/// How `member` names what stands beside it, if it does.
#[inline]
pub(super) fn naming(member: &[u8]) -> Option<Naming> {
    let (Some(first), Some(last)) = (member.first(), member.last()) else {
        return None;
    };
    let listed = FIRST_LETTERS.get(member.len())? >> (first & 31) & 1 == 1;
    let named = last | 0x20 == b'e' && ends_in_word(member, "name");
    (listed || named).then(|| naming_in_tables(member, named))?
}

fn naming_in_tables(member: &[u8], named: bool) -> Option<Naming> {
    if named || is_in(member, NAME_MEMBERS) {
        Some(Naming::Name)
    } else if is_in(member, PATH_MEMBERS) {
        Some(Naming::Path)
    } else {
        member.eq_ignore_ascii_case(b"type").then_some(Naming::Type)
    }
}

/// Whether `member` holds the value beside a name that was found by `naming`.
pub(super) fn holds_value(member: &[u8], naming: Naming) -> bool {
    let table = match naming {
        Naming::Name => VALUE_MEMBERS,
        Naming::Path | Naming::Type => PATH_VALUE_MEMBERS,
    };
    is_in(member, table) || ends_in_word(member, "value") || ends_in_word(member, "values")
}

/// Whether `member` of an object in text does. Text is full of words such as `from` and `to`, so that
/// those do not count in it.
pub(super) fn holds_value_in_text(member: &[u8]) -> bool {
    is_in(member, &["content", "v"]) || holds_value(member, Naming::Path)
}

/// Whether a name of several words ends in `word`: `headerName`, `old_value`.
fn ends_in_word(member: &[u8], word: &str) -> bool {
    let Some(at) = member.len().checked_sub(word.len()).filter(|at| *at > 0) else {
        return false;
    };
    member[at..].eq_ignore_ascii_case(word.as_bytes())
        && (!member[at - 1].is_ascii_alphanumeric()
            || member[at].is_ascii_uppercase() && !member[at - 1].is_ascii_uppercase())
}

/// The last part of a path: `password` of `/user/password`, `user.password`, `user[password]`.
pub(super) fn last_part(path: &str) -> &str {
    let path = path.trim_end_matches([']', '/', '"', '\'']);
    path.rfind(['/', '.', '[', '$', '"', '\''])
        .map_or(path, |at| &path[at + 1..])
}

/// Whether `text` says something of a value instead of being one: `must be set`, `is too short`.
pub(super) fn is_statement(text: &[u8]) -> bool {
    let mut words = words(text);
    let Some(first) = words.next() else {
        return false;
    };
    let mut others = words.peekable();
    others.peek().is_some()
        && (is_in(first, FAULT_WORDS)
            || is_in(first, SUBJECTS) && others.any(|word| is_in(word, FAULT_WORDS)))
}

/// Whether the word that begins at `text` says what is wrong with a value.
pub(super) fn starts_fault(text: &[u8]) -> bool {
    words(text)
        .next()
        .is_some_and(|word| is_in(word, FAULT_WORDS))
}

/// Whether the word that begins at `text` begins a statement.
pub(super) fn starts_statement(text: &[u8]) -> bool {
    words(text)
        .next()
        .is_some_and(|word| is_in(word, STATEMENT_STARTS))
}

/// Whether `word` is what is done to a secret.
pub(super) fn is_action(word: &[u8]) -> bool {
    is_in(word, ACTIONS)
}

/// The words of a statement; looking at more of them is pointless.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const MOST: usize = 12;
    text.split(|b| matches!(b, b' ' | b'\t' | b',' | b'.' | b':' | b'!'))
        .filter(|word| !word.is_empty())
        .take(MOST)
}
