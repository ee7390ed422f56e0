//! Made-up errors.

use super::tags::{self, ENVIRONMENTS, LEVELS, SEVERITIES, SOURCES};
use super::{ERRORS, FINGERPRINT_FIGURES, FINGERPRINT_TEXTS, Sink, Value};
use faultbook_domain::clock::Clock;
use faultbook_domain::instant::micros;
use faultbook_domain::system::SystemClock;
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;

/// How steeply errors differ in their number of occurrences.
const SKEW: f64 = 0.85;

/// How many errors, with how many occurrences.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    errors: u64,
    scale: f64,
    now: i64,
}

/// An occurrence.
pub struct Fact {
    pub timestamp: i64,
    pub id: [u8; 16],
    pub user: Option<[u8; 16]>,
    pub tags: Vec<i64>,
    environment: usize,
}

/// What is counted of a tag.
#[derive(Clone, Copy)]
pub struct Cell {
    pub count: i64,
    pub first: i64,
    pub last: i64,
    pub kept: i64,
}

/// An hour of a roll-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HourCell {
    pub hour: i64,
    pub source: &'static str,
    pub environment: &'static str,
    pub level: &'static str,
    pub severity: &'static str,
}

/// An error with its occurrences, in the order of their times.
pub struct Made {
    pub fingerprint: [u8; 16],
    pub id: [u8; 16],
    pub facts: Vec<Fact>,
    number: u64,
    level: usize,
    severity: usize,
    source: usize,
    kind: i64,
}

/// A number that looks random (splitmix64).
const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number below another, and more often a small one the greater `steep` is.
fn skewed(random: u64, below: i64, steep: i32) -> i64 {
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    let place = share.powi(steep) * below as f64;
    (place as i64).min(below - 1)
}

fn uuid_at(time: i64, random: u64) -> [u8; 16] {
    let mut id = [0; 16];
    let millis = (time / 1_000).cast_unsigned();
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id[6..14].copy_from_slice(&random.to_be_bytes());
    id[14..].copy_from_slice(&mixed(random).to_be_bytes()[..2]);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    id
}

fn user_key(user: i64) -> [u8; 16] {
    let half = mixed(user.cast_unsigned());
    let mut key = [0; 16];
    key[..8].copy_from_slice(&half.to_be_bytes());
    key[8..].copy_from_slice(&mixed(half).to_be_bytes());
    key
}

impl Plan {
    /// Chooses how often each error happens, so that there are about so many occurrences in all.
    pub fn new(errors: u64, occurrences: u64) -> Self {
        let sum = |scale: f64| -> f64 {
            (0..errors)
                .map(|rank| (scale / (rank as f64 + 2.0).powf(SKEW)).floor().max(1.0))
                .sum()
        };
        let (mut low, mut high) = (0.0, occurrences as f64);
        for _ in 0..30 {
            let middle = f64::midpoint(low, high);
            if sum(middle) < occurrences as f64 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self {
            errors,
            scale: high,
            now: micros(SystemClock.now()),
        }
    }

    /// All errors, by fingerprint.
    pub fn errors(self) -> impl Iterator<Item = Made> {
        (0..self.errors).map(move |number| self.error(number))
    }

    fn error(self, number: u64) -> Made {
        // A prime step gives every error a rank of its own.
        let rank = number.wrapping_mul(7_368_787) % self.errors;
        let count = (self.scale / (rank as f64 + 2.0).powf(SKEW))
            .floor()
            .max(1.0) as i64;
        let of = |purpose: u64| mixed(number.wrapping_mul(31).wrapping_add(purpose));
        let born = self.now - 30 * DAY + skewed(of(1), 30 * DAY - HOUR, 1);
        // A third goes on until now, as whatever happens often does.
        let end = if of(2) % 3 == 0 || count > 1_000 {
            self.now
        } else {
            (born + HOUR + skewed(of(3), 5 * DAY, 2)).min(self.now)
        };
        let mut fingerprint = [0; 16];
        fingerprint[..8].copy_from_slice(&(number << 24).to_be_bytes());
        fingerprint[8..].copy_from_slice(&of(4).to_be_bytes());
        let level = usize::try_from(skewed(of(5), 3, 2)).unwrap_or(0);
        let mut made = Made {
            fingerprint,
            id: uuid_at(born, of(6)),
            facts: Vec::new(),
            number,
            level,
            severity: if of(7) % 50 == 0 { 3 } else { level },
            source: usize::try_from(skewed(of(8), 8, 2)).unwrap_or(0),
            kind: skewed(of(9), 300, 2),
        };
        let mut times: Vec<i64> = (0..count)
            .map(|one| born + skewed(of(1_000 + one.cast_unsigned()), end - born, 1))
            .collect();
        times.sort_unstable();
        let facts = times.into_iter().enumerate();
        made.facts = facts
            .map(|(place, at)| made.fact(place as u64, at, self.now))
            .collect();
        made
    }
}

impl Made {
    fn fact(&self, place: u64, at: i64, now: i64) -> Fact {
        let of =
            |purpose: u64| mixed(self.random() ^ place.wrapping_mul(977).wrapping_add(purpose));
        let own = |purpose: u64| mixed(self.random().wrapping_add(purpose));
        let usual = skewed(own(11), 3, 4);
        // A fifth of the errors is seen in several environments.
        let environment = match own(12) % 5 {
            0 => skewed(of(13), 3, 2),
            _ => usual,
        };
        let release = (59 - (now - at) / (DAY / 2) - skewed(of(14), 2, 3)).max(0);
        let url = (skewed(own(15), 20_000, 2) + skewed(of(16), 3, 2)).min(19_999);
        let user = (of(17) % 10 < 7).then(|| skewed(of(18), 200_000, 2));
        let mut numbers = vec![
            (tags::ENVIRONMENT, environment),
            (tags::RELEASE, release),
            (tags::LEVEL, self.level as i64),
            (tags::SOURCE, self.source as i64),
            (tags::URL, url),
            (tags::SERVER, skewed(of(19), 40, 1)),
            (tags::REGION, skewed(of(20), 6, 2)),
            (tags::SEVERITY, self.severity as i64),
            (tags::TYPE, self.kind),
        ];
        if let Some(user) = user {
            numbers.extend([(tags::USER, user), (tags::USER_FIELD, user)]);
        }
        let mut all: Vec<i64> = numbers
            .iter()
            .flat_map(|(key, value)| [tags::key(*key), tags::value(*key, *value)])
            .collect();
        all.sort_unstable();
        Fact {
            timestamp: at,
            id: uuid_at(at, of(21)),
            user: user.map(user_key),
            tags: all,
            environment: usize::try_from(environment).unwrap_or(0),
        }
    }

    const fn random(&self) -> u64 {
        mixed(self.number.wrapping_mul(0x51_7c_c1_b7))
    }

    /// Occurrences.
    pub fn count(&self) -> i64 {
        self.facts.len() as i64
    }

    fn times(&self) -> (i64, i64) {
        let at = |fact: Option<&Fact>| fact.map_or(0, |fact| fact.timestamp);
        (at(self.facts.first()), at(self.facts.last()))
    }

    /// What is counted of each tag.
    pub fn cells(&self) -> BTreeMap<i64, Cell> {
        let mut cells: BTreeMap<i64, Cell> = BTreeMap::new();
        for fact in &self.facts {
            for tag in &fact.tags {
                let at = fact.timestamp;
                let cell = cells.entry(*tag).or_insert(Cell {
                    count: 0,
                    first: at,
                    last: at,
                    kept: 0,
                });
                cell.count += 1;
                cell.last = at;
            }
        }
        let numbers: Vec<i64> = cells.keys().copied().collect();
        for place in 0..tags::KEYS.len() {
            let own = tags::value(place, 0)..tags::value(place + 1, 0);
            let kept = numbers.iter().filter(|number| own.contains(number)).count();
            if let Some(cell) = cells.get_mut(&tags::key(place)) {
                cell.kept = kept as i64;
            }
        }
        cells
    }

    /// Who was affected.
    pub fn users(&self) -> BTreeSet<[u8; 16]> {
        self.facts.iter().filter_map(|fact| fact.user).collect()
    }

    /// How many in each hour.
    pub fn hours(&self) -> BTreeMap<HourCell, i64> {
        let mut hours = BTreeMap::new();
        for fact in &self.facts {
            let cell = HourCell {
                hour: fact.timestamp.div_euclid(HOUR) * HOUR,
                source: SOURCES[self.source],
                environment: ENVIRONMENTS[fact.environment],
                level: LEVELS[self.level],
                severity: SEVERITIES[self.severity],
            };
            *hours.entry(cell).or_default() += 1;
        }
        hours
    }

    /// Every second error has a word of a hundred, every hundredth one of ten thousand.
    fn message(&self) -> String {
        let of = |purpose: u64| mixed(self.random().wrapping_add(purpose));
        let common = skewed(of(31), 100, 3);
        let rare = of(32) % 10_000;
        format!(
            "cannot finish step common{common:02} of the order: part rare{rare:04} of {} is missing",
            letters(self.number)
        )
    }

    fn culprit(&self) -> String {
        let name = letters(self.number / 3);
        format!("run_{name} (app/{name}.py:{})", self.number % 400)
    }

    /// Writes the error's own row.
    pub fn write_error(&self, sink: &mut impl Sink, own: Value<'_>) -> anyhow::Result<()> {
        let of = |purpose: u64| mixed(self.random().wrapping_add(purpose));
        let (first, last) = self.times();
        let state = of(41) % 100;
        let (resolved, ignored) = (state < 10, (10..13).contains(&state));
        let regressed = (13..15).contains(&state);
        let message = self.message();
        let latest = self.facts.last().map_or([0; 16], |fact| fact.id);
        let environment = self.facts.last().map_or(0, |fact| fact.environment);
        let assigned = (of(42) % 50 == 0).then(|| user_key((of(43) % 20).cast_signed()));
        sink.row(
            ERRORS,
            &[
                own,
                Value::Id(self.id),
                Value::Int(self.count()),
                Value::Time(first),
                Value::Time(last),
                Value::Bool(resolved),
                if resolved {
                    Value::Time(last + 1)
                } else {
                    Value::Null
                },
                Value::Bool(ignored),
                Value::Bool(regressed),
                assigned.map_or(Value::Null, Value::Id),
                Value::Time(first),
                Value::Time(last),
                Value::Id(self.fingerprint),
                Value::Id(latest),
                Value::Id(latest),
                Value::Text(LEVELS[self.level]),
                Value::Text(SEVERITIES[self.severity]),
                Value::Text(&message),
                Value::Text(SOURCES[self.source]),
                Value::Text(ENVIRONMENTS[environment]),
                Value::Null,
            ],
        )
    }

    /// Writes figures and texts.
    pub fn write_texts(&self, sink: &mut impl Sink, own: Value<'_>) -> anyhow::Result<()> {
        let print = Value::Id(self.fingerprint);
        let (first, last) = self.times();
        let kind = tags::text(tags::TYPE, self.kind);
        let (message, culprit) = (self.message(), self.culprit());
        let users = self.users().len() as i64;
        sink.row(
            FINGERPRINT_FIGURES,
            &[
                own,
                print,
                Value::Int(self.count()),
                Value::Int(users),
                Value::Int(first),
                Value::Int(last),
                Value::Text(&kind),
                Value::Text(&culprit),
            ],
        )?;
        let latest = self.facts.last().map_or([0; 16], |fact| fact.id);
        for (number, text) in [(0, &message), (1, &kind), (3, &culprit)] {
            let mut digest = self.fingerprint;
            digest[0] = digest[0].wrapping_add(u8::try_from(number).unwrap_or(0));
            sink.row(
                FINGERPRINT_TEXTS,
                &[
                    own,
                    print,
                    Value::Int(number),
                    Value::Id(digest),
                    Value::Text(&text.to_lowercase()),
                    Value::Id(latest),
                ],
            )?;
        }
        Ok(())
    }
}

/// A number in letters: numbers do not tell errors apart.
fn letters(mut number: u64) -> String {
    let mut name = String::new();
    for _ in 0..5 {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)));
        number /= 26;
    }
    name
}
