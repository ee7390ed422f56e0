//! Vocabulary that tells names, values and statements apart.

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

/// Names of fields that stand beside sensitive ones in lists of names.
const FIELDS: &[&str] = &[
    "active",
    "address",
    "age",
    "amount",
    "avatar",
    "city",
    "code",
    "comment",
    "company",
    "confirm",
    "country",
    "created_at",
    "createdat",
    "currency",
    "database",
    "date",
    "description",
    "domain",
    "email",
    "enabled",
    "expires",
    "expires_at",
    "file",
    "first_name",
    "firstname",
    "full_name",
    "group",
    "host",
    "hostname",
    "id",
    "ip",
    "key",
    "label",
    "language",
    "last_name",
    "lastname",
    "locale",
    "login",
    "message",
    "method",
    "name",
    "nickname",
    "path",
    "phone",
    "port",
    "query",
    "role",
    "roles",
    "scope",
    "scopes",
    "session",
    "session_id",
    "status",
    "string",
    "tenant",
    "text",
    "timestamp",
    "title",
    "tokens",
    "type",
    "updated_at",
    "url",
    "user",
    "user_id",
    "userid",
    "username",
    "user_name",
    "utf-8",
    "utf8",
    "uuid",
    "value",
    "zip",
];

/// Headers of HTTP that hold no secret.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "last-modified",
    "location",
    "origin",
    "pragma",
    "range",
    "referer",
    "server",
    "te",
    "traceparent",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
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

/// How `member` names what stands beside it, if it does.
pub(super) fn naming(member: &[u8]) -> Option<Naming> {
    if member.is_empty() || member.len() > LONGEST_MEMBER {
        return None;
    }
    // The last letters turn most members away.
    if !matches!(
        member[member.len() - 1] | 0x20,
        b'e' | b'y' | b'd' | b'r' | b'm' | b'l' | b'n' | b'k' | b'h' | b'c' | b'g'
    ) {
        return None;
    }
    if is_in(member, NAME_MEMBERS) || ends_in_word(member, "name") {
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

/// Whether `word` is the name of a field or header that holds no secret.
pub(super) fn is_field(word: &[u8]) -> bool {
    is_in(word, FIELDS) || is_in(word, HEADERS)
}

/// The words of a statement; looking at more of them is pointless.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const MOST: usize = 12;
    text.split(|b| matches!(b, b' ' | b'\t' | b',' | b'.' | b':' | b'!'))
        .filter(|word| !word.is_empty())
        .take(MOST)
}
