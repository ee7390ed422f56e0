//! Word tables of the message rules. Data only: every table is lowercase and matched case-insensitively,
//! unless its comment says otherwise.

/// Names that hold digits and still name a thing: encodings, architectures, algorithms, protocols,
/// number types, products. Lowercase.
#[rustfmt::skip]
pub(super) const NAMES: &[&str] = &[
    "3des", "aes-128", "aes-128-cbc", "aes-128-gcm", "aes-256", "aes-256-cbc", "aes-256-gcm",
    "aes128", "aes256", "amd64", "argon2", "argon2id", "arm64", "armv7", "armv8", "av1", "base16",
    "base32", "base58", "base64", "base64url", "big5", "bzip2", "cp1250", "cp1251", "cp1252",
    "cp437", "cp932", "cp936", "crc16", "crc32", "db2", "dhcp4", "dhcp6", "ec2", "ed25519",
    "es2015", "es256", "es5", "es6", "euc-jp", "ext2", "ext3", "ext4", "f32", "f64", "fat32",
    "float32", "float64", "gb18030", "gb2312", "h2", "h264", "h265", "hs256", "hs512", "http/1.0",
    "http/1.1", "http/2", "http/2.0", "http/3", "http1", "http1.1", "http2", "http3", "i128",
    "i16", "i18n", "i32", "i386", "i586", "i64", "i686", "i8", "id3", "ieee754", "int128", "int16",
    "int32", "int64", "int8", "iso-8859-1", "iso-8859-15", "iso-8859-2", "iso8601", "iso8859-1",
    "jdk11", "jdk17", "jdk21", "jdk8", "k8s", "koi8-r", "l10n", "latin-1", "latin1", "latin2",
    "log4j", "log4j2", "lz4", "md4", "md5", "mp3", "mp4", "mpeg4", "neo4j", "ntlmv2", "oauth1",
    "oauth2", "p12", "p256", "p384", "pbkdf2", "pkcs1", "pkcs11", "pkcs12", "pkcs7", "pkcs8",
    "psycopg2", "python2", "python3", "rc4", "rfc3339", "rfc822", "ripemd160", "rs256", "rs384",
    "rs512", "s3", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512", "sha1", "sha224", "sha256",
    "sha3", "sha384", "sha512", "slf4j", "smb2", "socks4", "socks5", "sqlite3", "ssh2", "sslv2",
    "sslv3", "t4", "tls1.0", "tls1.1", "tls1.2", "tls1.3", "tlsv1", "tlsv1.0", "tlsv1.1",
    "tlsv1.2", "tlsv1.3", "u128", "u16", "u32", "u64", "u8", "ucs-2", "ucs-4", "ucs2", "uint16",
    "uint32", "uint64", "uint8", "urllib3", "us-ascii7", "utf-16", "utf-16be", "utf-16le",
    "utf-32", "utf-7", "utf-8", "utf16", "utf32", "utf8", "utf8mb3", "utf8mb4", "v4l2", "v8",
    "vp8", "vp9", "web3", "win1252", "win32", "win64", "windows-1250", "windows-1251",
    "windows-1252", "x-www-form", "x264", "x509", "x64", "x86", "x86-64", "x86_64",
];

/// Names whose version names another thing (`TLS 1.3`, `HTTP 2`): the number after them stays.
#[rustfmt::skip]
pub(super) const VERSIONED: &[&str] = &[
    "tls", "ssl", "dtls", "utf", "iso", "rfc", "ecmascript",
];

/// Prefixes of published error codes (`ORA-00942`, `TS2304`, `E0277`): letters, perhaps a hyphen,
/// then at least three digits. Matched with case.
#[rustfmt::skip]
pub(super) const CODE_FAMILIES: &[&str] = &[
    "AADSTS", "ADO", "AMQ", "ARJUNA", "BC", "BCE", "CA", "CBS", "CS", "CVE", "CWE", "CWWK",
    "CWWKE", "CWWKZ", "DFS", "DPI", "DPY", "DSRA", "E", "EJB", "ELY", "ERR", "ESOCKET", "EXP", "F",
    "FS", "GHSA", "HHH", "HSEARCH", "HV", "IDE", "IIS", "IJ", "IMP", "ISPN", "JBAS", "JDWP", "JSR",
    "KUP", "LNK", "LPX", "MDB", "MSB", "MSG", "MY", "NETSDK", "NG", "NU", "ODBC", "OCI", "ORA",
    "PGRST", "PLS", "PROC", "RESTEASY", "RMAN", "RUSTSEC", "SA", "SP2", "SQL", "SQLCODE", "SRVE",
    "TNS", "TS", "UNDERTOW", "VB", "W", "WELD", "WFLY", "WFLYCTL", "WFLYCTRL", "WFLYSRV", "WLS",
];

/// Words before a number that make it an error code rather than a value.
#[rustfmt::skip]
pub(super) const CODE_WORDS: &[&str] = &[
    "errno", "hresult", "ntstatus", "oserror", "sqlcode", "sqlstate", "winerror",
];

/// Words before a three-digit number that make it an HTTP status.
#[rustfmt::skip]
pub(super) const STATUS_WORDS: &[&str] = &[
    "http", "https", "http/1.0", "http/1.1", "http/2", "http/2.0", "status", "statuscode",
    "status_code", "http_status", "httpstatus", "responsecode", "response_code",
];

/// Verbs after which a three-digit number that ends its clause is an HTTP status.
#[rustfmt::skip]
pub(super) const STATUS_VERBS: &[&str] = &[
    "failed", "replied", "responded", "returned",
];

/// Units and other words that belong to the number before them. Lowercase.
#[rustfmt::skip]
pub(super) const UNITS: &[&str] = &[
    "%", "am", "b", "bit", "bits", "bps", "byte", "bytes", "celsius", "d", "day", "days",
    "degrees", "fps", "gb", "gbit", "gbps", "ghz", "gib", "gigabytes", "hour", "hours", "hr",
    "hrs", "hz", "kb", "kbit", "kbps", "khz", "kib", "kilobytes", "mb", "mbit", "mbps",
    "megabytes", "mhz", "mib", "microsecond", "microseconds", "millis", "millisecond",
    "milliseconds", "min", "mins", "minute", "minutes", "month", "months", "ms", "msec", "msecs",
    "nanos", "nanosecond", "nanoseconds", "ns", "pb", "percent", "pib", "pm", "ps", "px", "rpm",
    "s", "sec", "second", "seconds", "secs", "tb", "tib", "us", "usec", "usecs", "volts", "watts",
    "week", "weeks", "year", "years", "£", "¥", "µs", "μs", "€",
];

/// ISO 4217 codes in common use. Uppercase, sorted; matched with case.
#[rustfmt::skip]
pub(super) const CURRENCIES: &[&str] = &[
    "AED", "ARS", "AUD", "BGN", "BRL", "BTC", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK",
    "ETH", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NOK",
    "NZD", "PHP", "PLN", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD",
    "USDT", "VND", "ZAR",
];

/// Time zones that follow a time. Uppercase, sorted; matched with case.
#[rustfmt::skip]
pub(super) const ZONES: &[&str] = &[
    "AEST", "AKDT", "AKST", "BST", "CDT", "CEST", "CET", "CST", "EDT", "EEST", "EET", "EST", "GMT",
    "HST", "IST", "JST", "KST", "MDT", "MSK", "MST", "NZST", "PDT", "PST", "UTC", "WEST", "WET",
    "Z",
];

/// Month names and their abbreviations. Lowercase.
#[rustfmt::skip]
pub(super) const MONTHS: &[&str] = &[
    "apr", "april", "aug", "august", "dec", "december", "feb", "february", "jan", "january", "jul",
    "july", "jun", "june", "mar", "march", "may", "nov", "november", "oct", "october", "sep",
    "sept", "september",
];

/// Day names and their abbreviations. Lowercase.
#[rustfmt::skip]
pub(super) const DAYS: &[&str] = &[
    "fri", "friday", "mon", "monday", "sat", "saturday", "sun", "sunday", "thu", "thur", "thurs",
    "thursday", "tue", "tues", "tuesday", "wed", "wednesday",
];

/// Last labels of host names: the generic domains, the countries' that are no file extension or
/// common word, and the names used inside networks. Lowercase.
#[rustfmt::skip]
pub(super) const HOST_ENDINGS: &[&str] = &[
    "ai", "app", "ar", "arpa", "at", "au", "biz", "br", "ca", "ch", "cl", "cloud", "cluster", "cn",
    "co", "com", "corp", "cz", "de", "dev", "dk", "edu", "es", "eu", "example", "fi", "fr", "gov", "gr", "hk",
    "home", "hu", "il", "in-addr", "info", "int", "internal", "io", "it", "jp", "kr", "lan",
    "local", "localdomain", "localhost", "mil", "mx", "net", "nl", "no", "nz", "onion", "org",
    "pt", "ro", "ru", "se", "sg", "svc", "th", "tr", "tw", "ua", "uk", "us", "vn", "za",
];

/// Words after which a quoted word is what was read rather than a name in the code
/// (`Unexpected token 'x'`, `invalid literal for int() with base 10: 'x'`, `Duplicate entry 'x'`).
#[rustfmt::skip]
pub(super) const DATA_WORDS: &[&str] = &[
    "character", "char", "convert", "converting", "date", "datetime", "decimal", "digit", "entry",
    "float", "input", "integer", "json", "literal", "near", "number", "parse", "parsing", "string",
    "text", "timestamp", "token", "value", "got", "received", "user", "username", "host",
    "hostname", "email", "locale", "timezone", "currency", "country", "language", "uuid", "volume", "pod", "node",
    "bucket", "topic", "queue", "container", "namespace", "deployment", "device",
];

/// Keys whose value is what happened, not a parameter (`msg="..."`, `error=...`).
#[rustfmt::skip]
pub(super) const TEXT_KEYS: &[&str] = &[
    "msg", "message", "error", "err", "exception", "reason", "cause", "detail", "description",
    "event",
    "code", "desc", "kind",
];

/// What has a code: before `code` and in names that end in it (`exitCode`).
pub(super) const CODED: &[&str] = &[
    "error", "err", "exit", "exited", "fault", "http", "reason", "response", "result", "return",
    "status",
];

/// How words for a code or a status end in scripts without upper and lower case.
pub(super) const CODES_ABROAD: &[&str] = &[
    "状态码",
    "状态代码",
    "错误码",
    "错误代码",
    "狀態碼",
    "狀態代碼",
    "錯誤碼",
    "錯誤代碼",
    "ステータス",
    "コード",
    "상태",
    "코드",
    "कोड",
    "รหัส",
    "สถานะ",
    "الحالة",
    "الرمز",
];

/// Words for a code or a status in languages that write them in Latin or Cyrillic letters. Lowercase; those outside of
/// ASCII are matched with case.
#[rustfmt::skip]
pub(super) const STATUSES_ABROAD: &[&str] = &[
    "codice", "codigo", "código", "estado", "fehlercode", "foutcode", "hata", "kod", "kode", "kodu", "statuscode",
    "statut", "stato", "статус", "код", "кода", "кодом",
];

/// Words before a quoted name without which it would be taken for data: the name says what is missing.
#[rustfmt::skip]
pub(super) const NAMED: &[&str] = &[
    "attribute", "class", "classnotfoundexception", "column", "command", "constant", "crate", "dependency", "extension",
    "function", "gem", "import", "index", "library", "method", "module", "noclassdeffounderror", "nosuchfielderror",
    "nosuchmethoderror", "operator", "package", "plugin", "procedure", "property", "relation", "symbol", "table",
    "trigger", "view",
];

/// First digits of an HRESULT with a facility in common use: RPC, dispatch, storage, interface, Win32, Windows,
/// setup, internet, the .NET runtime, Windows Update. MS-ERREF 2.1.1.
pub(super) const FACILITIES: &[&str] = &[
    "8001", "8002", "8003", "8004", "8005", "8007", "8008", "8009", "800A", "800B", "800C", "800F",
    "8010", "8013", "8024", "8026", "8898",
];

/// HTTP methods. Uppercase; matched with case.
pub(super) const METHODS: &[&str] = &[
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
];

/// The quotes. Others are brought into these before a message is scanned.
pub(super) const QUOTES: [char; 3] = ['"', '\'', '`'];
