//! Reads typed values out of layered sources and collects every problem.

use super::secret::{host_alone, without_credentials};
use super::{DEFAULTS, SecretText, StoreUrl};
use bytesize::ByteSize;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Short variables and the setting each stands for.
const SHORT: [(&str, &str); 5] = [
    ("DATABASE_URL", "database.url"),
    ("REDIS_URL", "redis.url"),
    ("HOST", "server.host"),
    ("PORT", "server.port"),
    ("ENVIRONMENT", "environment"),
];

const PREFIX: &str = "FAULTBOOK__";

/// How much of a setting is shown to people. What reads a setting decides it, so that no list of secrets
/// can be out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Its text; of URLs within it, what is no secret.
    Open,
    /// The host that a URL leads to.
    Host,
    /// Whether it is set.
    Whether,
}

/// Why the settings cannot be used: everything that is wrong with them.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), .0.iter().map(|p| format!("  - {p}")).collect::<Vec<_>>().join("\n"))]
pub struct InvalidSettings(Vec<String>);

/// Typed access to merged sources.
pub struct Reader {
    values: Figment,
    read: BTreeMap<String, Shown>,
    problems: Vec<String>,
}

impl Reader {
    /// The embedded defaults, the files of the configuration directory, the environment.
    pub fn from_surroundings() -> Result<Self, InvalidSettings> {
        let variables: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let folder =
            std::env::var_os("FAULTBOOK_CONFIG_DIR").map_or("config".into(), PathBuf::from);
        let environment = variables.iter().find(|(name, _)| *name == "ENVIRONMENT");
        let environment = environment.map_or("development", |(_, value)| *value);
        let files =
            ["default", environment, "local"].map(|name| folder.join(format!("{name}.toml")));
        let mut sources = Figment::new();
        for file in files.iter().filter(|file| file.is_file()) {
            sources = sources.merge(toml_file(file)?);
        }
        Self::new(sources, &variables)
    }

    /// One file's text over the defaults, and variables.
    #[cfg(test)]
    pub fn from_parts(toml: &str, variables: &[(&str, &str)]) -> Result<Self, InvalidSettings> {
        Self::new(Figment::from(Toml::string(toml)), variables)
    }

    fn new(files: Figment, variables: &[(&str, &str)]) -> Result<Self, InvalidSettings> {
        let mut values = Figment::from(Toml::string(DEFAULTS)).merge(files);
        for (name, text) in variables {
            if let Some(key) = name.strip_prefix(PREFIX) {
                let key = key.to_ascii_lowercase().replace("__", ".");
                values = values.merge(Serialized::default(
                    &key,
                    text.parse::<Value>().unwrap_or_else(|never| match never {}),
                ));
            }
        }
        for (name, key) in SHORT {
            if let Some((_, text)) = variables
                .iter()
                .find(|(set, text)| *set == name && !text.is_empty())
            {
                values = values.merge(Serialized::default(key, text));
            }
        }
        // Asking for the whole shows syntax errors of the files.
        values.extract::<Dict>().map_err(|error| {
            InvalidSettings(
                error
                    .into_iter()
                    .map(|problem| unquoted(&problem))
                    .collect(),
            )
        })?;
        Ok(Self {
            values,
            read: BTreeMap::new(),
            problems: Vec::new(),
        })
    }

    /// What was read, or all that is wrong.
    pub fn finish<T>(mut self, settings: T) -> Result<T, InvalidSettings> {
        for key in self.leaves().into_iter().map(|(key, _)| key) {
            if !self.read.contains_key(key.as_str()) {
                self.problems
                    .push(format!("{key}: there is no such setting"));
            }
        }
        if self.problems.is_empty() {
            Ok(settings)
        } else {
            Err(InvalidSettings(self.problems))
        }
    }

    /// Every setting that was read, one a line, secrets as `***`.
    pub fn to_toml(&self) -> String {
        let mut shown = String::new();
        let mut section = String::new();
        let (top, nested): (Vec<_>, Vec<_>) = self
            .leaves()
            .into_iter()
            .partition(|(key, _)| !key.contains('.'));
        for (key, value) in top.into_iter().chain(nested) {
            let (table, name) = key.rsplit_once('.').unwrap_or(("", &key));
            if table != section {
                table.clone_into(&mut section);
                shown.push_str(&format!("\n[{table}]\n"));
            }
            let text = match self.read.get(key.as_str()) {
                Some(Shown::Open) => literal(&value),
                Some(Shown::Host) => concealed(&value, host_alone),
                Some(Shown::Whether) | None => concealed(&value, |_| "***".to_owned()),
            };
            shown.push_str(&format!("{name} = {text}\n"));
        }
        shown
    }

    /// The names of every setting.
    #[cfg(test)]
    pub fn names(&self) -> Vec<String> {
        self.leaves().into_iter().map(|(key, _)| key).collect()
    }

    fn leaves(&self) -> Vec<(String, Value)> {
        let mut leaves = Vec::new();
        if let Ok(values) = self.values.extract::<Dict>() {
            collect("", values, &mut leaves);
        }
        leaves
    }

    fn value(&mut self, key: &str) -> Option<Value> {
        self.read.entry(key.to_owned()).or_insert(Shown::Open);
        self.values.find_value(key).ok()
    }

    pub(super) fn problem(&mut self, key: &str, expected: &str) {
        self.problems.push(format!("{key}: must be {expected}"));
    }

    fn parsed<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = self.value(key).and_then(|value| parse(&scalar(&value)?));
        if parsed.is_none() {
            self.problem(key, expected);
        }
        parsed
    }

    /// Any text.
    pub fn text(&mut self, key: &'static str) -> String {
        self.parsed(key, "text", |text| Some(text.to_owned()))
            .unwrap_or_default()
    }

    /// Text that is not shown; absent when empty.
    pub fn secret(&mut self, key: &'static str) -> Option<SecretText> {
        self.read.insert(key.to_owned(), Shown::Whether);
        self.hidden(key)
    }

    /// A URL of which only the host is shown; absent when empty.
    pub fn secret_url(&mut self, key: &'static str) -> Option<SecretText> {
        self.read.insert(key.to_owned(), Shown::Host);
        self.hidden(key)
    }

    fn hidden(&mut self, key: &'static str) -> Option<SecretText> {
        let text = self.text(key);
        (!text.is_empty()).then(|| SecretText::new(text))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> bool {
        self.parsed(key, "true or false", |text| text.parse().ok())
            .unwrap_or_default()
    }

    /// A whole number within bounds.
    pub fn number<T>(&mut self, key: &'static str, bounds: RangeInclusive<u64>) -> T
    where
        T: TryFrom<u64> + Default,
    {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let parse = |text: &str| {
            let number = text
                .parse::<u64>()
                .ok()
                .filter(|number| bounds.contains(number))?;
            T::try_from(number).ok()
        };
        self.parsed(key, &expected, parse).unwrap_or_default()
    }

    /// A duration such as `30s`.
    pub fn duration(&mut self, key: &'static str) -> Duration {
        self.parsed(key, "a duration such as 30s", |text| {
            humantime::parse_duration(text).ok()
        })
        .unwrap_or_default()
    }

    /// A size such as `1MiB`.
    pub fn bytes(&mut self, key: &'static str) -> usize {
        let parse = |text: &str| usize::try_from(text.parse::<ByteSize>().ok()?.as_u64()).ok();
        self.parsed(key, "a size such as 1MiB", parse)
            .unwrap_or_default()
    }

    /// A parsed value; absent when the text is empty.
    pub fn optional<T: FromStr>(&mut self, key: &'static str, expected: &str) -> Option<T> {
        let parse = |text: &str| {
            if text.is_empty() {
                Some(None)
            } else {
                text.parse().ok().map(Some)
            }
        };
        self.parsed(key, expected, parse).flatten()
    }

    /// A value in a notation of its own that holds secrets; absent when the text is empty.
    pub fn secret_noted<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.read.insert(key.to_owned(), Shown::Whether);
        let parse = |text: &str| match text {
            "" => Some(None),
            text => parse(text).map(Some),
        };
        self.parsed(key, expected, parse).flatten()
    }

    /// One of a few names.
    pub fn one_of<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> T {
        let names: Vec<&str> = choices
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !name.is_empty())
            .collect();
        let parse = |text: &str| {
            choices
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(text))
                .map(|(_, choice)| *choice)
        };
        self.parsed(key, &format!("one of {}", names.join(", ")), parse)
            .unwrap_or(choices[0].1)
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Vec<String> {
        let texts = self.value(key).and_then(|value| match value {
            Value::Array(_, items) => items.iter().map(scalar).collect::<Option<Vec<_>>>(),
            _ => None,
        });
        if texts.is_none() {
            self.problem(key, "a list of texts such as [\"a\", \"b\"]");
        }
        texts.unwrap_or_default()
    }

    /// A list of addresses and networks.
    pub fn networks(&mut self, key: &'static str) -> Vec<IpNet> {
        let parse = |text: &String| {
            text.parse::<IpNet>()
                .ok()
                .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        };
        let texts = self.texts(key);
        let networks: Vec<IpNet> = texts.iter().filter_map(parse).collect();
        if networks.len() < texts.len() {
            self.problem(
                key,
                "a list of addresses or networks such as [\"10.0.0.0/8\", \"::1\"]",
            );
        }
        networks
    }

    /// Where errors are kept.
    pub fn store_url(&mut self, key: &'static str) -> StoreUrl {
        let parse = |text: &str| {
            if let Some(path) = text.strip_prefix("sqlite://") {
                let path = path.split('?').next().unwrap_or_default();
                return (!path.is_empty()).then(|| StoreUrl::Sqlite(path.into()));
            }
            let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
            is_postgres.then(|| StoreUrl::Postgres(SecretText::new(text.to_owned())))
        };
        self.parsed(key, "sqlite://PATH or postgres://...", parse)
            .unwrap_or_else(|| StoreUrl::Sqlite(PathBuf::new()))
    }

    /// Where caches are shared; absent when empty.
    pub fn redis_url(&mut self, key: &'static str) -> Option<SecretText> {
        let known = ["redis://", "rediss://", "redis+unix://", "unix://"];
        let parse = |text: &str| {
            if text.is_empty() {
                return Some(None);
            }
            let fits = known.iter().any(|scheme| text.starts_with(scheme));
            fits.then(|| Some(SecretText::new(text.to_owned())))
        };
        self.parsed(key, "redis://...", parse).flatten()
    }
}

fn toml_file(path: &Path) -> Result<figment::providers::Data<Toml>, InvalidSettings> {
    let wrong =
        |what: &dyn std::fmt::Display| InvalidSettings(vec![format!("{}: {what}", path.display())]);
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    // Said here, since it is known here which file is at fault.
    Figment::from(Toml::string(&text))
        .extract::<Dict>()
        .map_err(|error| wrong(&unquoted(&error)))?;
    Ok(Toml::string(&text))
}

/// What is wrong with a file, without the lines of it that the parser quotes: they may hold secrets.
fn unquoted(error: &figment::Error) -> String {
    let text = error.to_string();
    let is_quoted = |line: &&str| {
        let gutter = line
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit());
        gutter.trim_start().starts_with('|')
    };
    let said: Vec<&str> = text.lines().filter(|line| !is_quoted(line)).collect();
    said.join(": ")
}

/// A secret as it is shown; nothing where it is not set.
fn concealed(value: &Value, shown: impl Fn(&str) -> String) -> String {
    match scalar(value) {
        Some(text) if text.is_empty() => "\"\"".to_owned(),
        Some(text) => format!("{:?}", shown(&text)),
        None => "\"***\"".to_owned(),
    }
}

fn collect(prefix: &str, values: Dict, leaves: &mut Vec<(String, Value)>) {
    for (name, value) in values {
        let key = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Dict(_, nested) => collect(&key, nested, leaves),
            leaf => leaves.push((key, leaf)),
        }
    }
}

/// The text of a single value, however it was written.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|n| n.to_string())
            .or_else(|| number.to_i128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Empty(..) => Some(String::new()),
        Value::Dict(..) | Value::Array(..) => None,
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Array(_, items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(_, text) => format!("{:?}", without_credentials(text)),
        other => scalar(other).unwrap_or_default(),
    }
}
