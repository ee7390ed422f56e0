//! Names the rules of normalization: what they are for, and a switch for each to measure what it is worth.

/// Declares the rules: variant, name in measurements, what an explanation says of a part that the rule decided about, and
/// the documented formats that the rule follows. A rule without one goes by shape alone.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $name:literal $says:literal $source:literal;)*) => {
        /// A rule of normalization. Its documentation gives the reason and the source.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in super::super) enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// What a person is told about a part that this rule decided about.
            pub(super) const fn says(self) -> &'static str {
                match self {
                    $(Self::$rule => $says,)*
                }
            }
        }

        /// The name and the documented formats of each rule, for measurements.
        #[cfg(feature = "ablation")]
        pub(in super::super) const NAMES: &[(&str, &str)] = &[$(($name, $source),)*];
    };
}

rules! {
    // What is read before any word.

    /// Digits, blanks, quotation marks and punctuation of every script. Unicode Character Database.
    Scripts "scripts" "" "Unicode Character Database";
    /// Time, level, thread and process that loggers write first: RFC 5424, RFC 3164, what servers, languages and systems log.
    Prefix "logger prefix" "" "RFC 5424, RFC 3164, Python logging, log4j, nginx, Apache, PostgreSQL, logcat, NSLog, Docker Compose";
    /// Messages that are one JSON object, also when its end was cut off.
    Structured "json message" "" "RFC 8259";
    /// Source snippets, guesses and places that runtimes add: Ruby, Python, PHP, Perl, Go, Lua, Rust, Babel, shells.
    Appendix "runtime appendix" "" "Ruby, Python, PHP, Perl, Go, Lua, Rust, Babel, shells";

    /// What engines and versions call one fault differently. MDN, JavaScript error reference; release notes of Ruby 3.4.
    Engine "engine's words" "" "MDN, Ruby 3.4";

    // What becomes a parameter.

    /// A value that was filtered as sensitive.
    Filtered "filtered" "a value that was filtered as sensitive" "this program";
    /// A number and its unit or currency. SI, IEC 80000-13, ISO 4217.
    Number "number" "a number" "";
    /// Units, currencies and time zones after a number.
    Unit "unit" "a unit or currency" "SI, IEC 80000-13, ISO 4217";
    /// Names of days and months beside numbers. RFC 5322, RFC 3164.
    Date "date words" "a date or time" "RFC 5322, RFC 3164";
    /// A word that holds a digit.
    Id "word with digit" "an identifier: it holds digits" "";
    /// Letters that follow no language.
    Random "random letters" "an identifier: its letters are random" "";
    /// Eight or more hexadecimal digits, letters alone.
    Hex "hex letters" "a hexadecimal number" "";
    /// Pairs of hexadecimal digits: hardware addresses (IEEE 802), serial numbers. IPv6 addresses (RFC 4291).
    Address "address" "an address or serial number" "IEEE 802, RFC 4291";
    /// `scheme://...`. RFC 3986.
    Url "url" "a URL" "RFC 3986";
    /// The query of a URL without scheme and host. RFC 3986.
    Query "relative url" "a URL" "RFC 3986";
    /// Absolute and relative paths.
    Path "path" "a path" "POSIX, Windows";
    /// Host names. RFC 1123; last labels of IANA's root zone.
    Host "host" "a host" "RFC 1123, IANA";
    /// E-mail addresses. RFC 5321.
    Email "email" "an e-mail address" "RFC 5321";
    /// Quoted strings that hold digits or separators, or are long.
    Quoted "quoted data" "quoted data" "";
    /// Quoted words after a word that says that they were read, and where .NET, V8 and Python print a value.
    Read "quoted after data word" "quoted data" "";
    /// `key=value`. logfmt, RFC 5424 structured data.
    Field "key=value" "the value of a field" "logfmt, RFC 5424";
    /// Fields whose value says what happened (`msg="..."`): it stays.
    Text "text of a field" "what a field says" "logfmt";
    /// `key:value`.
    Pair "key:value" "the value of a field" "";
    /// JSON within a message, and mappings as other languages write them. RFC 8259.
    Json "json" "JSON data" "RFC 8259";
    /// An object with its identity. `java.lang.Object#toString`, Python's and Ruby's `repr` and `inspect`.
    Identity "object identity" "the identity of an object" "Java, Python, Ruby";
    /// `true` and `false`.
    Truth "true and false" "a truth value" "";
    /// Who logged in, as PAM and OpenSSH (`auth.c`) write it.
    Account "account" "the name of an account" "pam_unix, OpenSSH";
    /// The name of a process after its number.
    Process "process name" "the name of a process" "Linux (mm/oom_kill.c)";
    /// What was looked up and not found, unless words alone or a name of the code.
    LookedUp "looked-up value" "the value that was looked up" "";
    /// The value in Scala's `MatchError`, the data of Clojure's `ExceptionInfo`, where Spring found a class, the constant of
    /// Java's `Enum.valueOf`, the folders in Perl's `@INC`, the number of a Java thread, the referrer of nginx.
    Printed "printed value" "a value that the runtime printed" "Scala, Clojure, Spring, Perl, Java, nginx";

    // What stays although it looks like a parameter.

    /// HTTP statuses of 400 and more. RFC 9110.
    Status "http status" "an HTTP status" "RFC 9110";
    /// Numbers after words that say code: errno (POSIX), SQLSTATE (ISO 9075), exit codes.
    Code "code word" "an error code" "POSIX, ISO 9075";
    /// Codes by their published prefix: ORA-00942, TS2304, E0277, CVE-2024-3094.
    CodeFamily "code family" "an error code" "the publishers of the codes";
    /// HRESULT and NTSTATUS values that say failure. MS-ERREF.
    WindowsError "windows error" "an error code" "MS-ERREF";
    /// Standard names that hold digits: encodings, algorithms, architectures. IANA registries.
    Name "standard name" "a standard name" "IANA";
    /// Names of types, functions and calls that hold digits.
    TypeName "code name" "a name in the code" "";
    /// The name of what is missing: module, library, method, table.
    Missing "missing thing" "the name of what is missing" "ELF, PE, Mach-O, JVM, Node.js, Perl";
    /// The words of an identifier that ends in digits (`SendInvoice#20240503`).
    Worded "words of an id" "a name in the code" "";
}

impl Rule {
    /// Whether the rule applies. Without the feature `ablation` this is known when compiling.
    #[cfg(not(feature = "ablation"))]
    #[inline]
    #[allow(clippy::unused_self, reason = "the same signature as with the feature")]
    pub(super) const fn on(self) -> bool {
        true
    }

    #[cfg(feature = "ablation")]
    pub(super) fn on(self) -> bool {
        OFF.get() & 1 << self as u64 == 0
    }
}

#[cfg(feature = "ablation")]
thread_local! {
    /// The rules that measurements have switched off on this thread.
    static OFF: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Switches the rules off whose bits are set, and all others on.
#[cfg(feature = "ablation")]
pub(in super::super) fn switch_off(rules: u64) {
    OFF.set(rules);
}
