//! Tags of occurrences, by number: keys first, then their values.

/// Keys; each key's number is its place, from 1.
pub const KEYS: [&str; 11] = [
    "environment",
    "release",
    "level",
    "source",
    "user",
    "url",
    "server_name",
    "region",
    "@severity",
    "@user",
    "@type",
];

/// Values of each key.
const VALUES: [i64; 11] = [3, 60, 3, 8, 200_000, 20_000, 40, 6, 4, 200_000, 300];

pub const ENVIRONMENTS: [&str; 3] = ["production", "staging", "development"];
pub const LEVELS: [&str; 3] = ["error", "warning", "info"];
pub const SEVERITIES: [&str; 4] = ["high", "medium", "low", "critical"];
pub const SOURCES: [&str; 8] = [
    "backend", "frontend", "worker", "api", "mobile", "billing", "search", "mailer",
];

/// Places of keys in [`KEYS`].
pub const ENVIRONMENT: usize = 0;
pub const RELEASE: usize = 1;
pub const LEVEL: usize = 2;
pub const SOURCE: usize = 3;
pub const USER: usize = 4;
pub const URL: usize = 5;
pub const SERVER: usize = 6;
pub const REGION: usize = 7;
pub const SEVERITY: usize = 8;
pub const USER_FIELD: usize = 9;
pub const TYPE: usize = 10;

/// The number of a key.
pub fn key(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(0) + 1
}

/// The number of a key's value.
pub fn value(place: usize, value: i64) -> i64 {
    let before: i64 = VALUES[..place].iter().sum();
    12 + before + value
}

/// The text of a value.
pub fn text(place: usize, value: i64) -> String {
    let of = |names: &[&str]| {
        let place = usize::try_from(value).unwrap_or(0);
        names[place % names.len()].to_owned()
    };
    match place {
        ENVIRONMENT => of(&ENVIRONMENTS),
        RELEASE => format!("1.{value}.0"),
        LEVEL => of(&LEVELS),
        SOURCE => of(&SOURCES),
        URL => format!("https://shop.example.com/{}/{value}", value % 97),
        SERVER => format!("web-{value}"),
        REGION => format!("region-{value}"),
        SEVERITY => of(&SEVERITIES),
        TYPE => format!("Error{value}"),
        _ => format!("user{value}@example.com"),
    }
}

/// Every value: number, key, text.
pub fn tag_names() -> impl Iterator<Item = (i64, &'static str, String)> {
    (0..KEYS.len()).flat_map(|place| {
        (0..VALUES[place]).map(move |one| (value(place, one), KEYS[place], text(place, one)))
    })
}
