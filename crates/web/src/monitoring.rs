//! Monitoring: services, hosts, answers; and the state of the installation in a word.

use crate::plots::{Day, Line, Strip};
use crate::shell::Shell;
use crate::when::{day, span};
use crate::{assets, ui, words};
use askama::Template;
use faultbook_domain::monitoring::Uptime;
use time::{Duration, OffsetDateTime};

/// How a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Good,
    /// It does not.
    Bad,
    /// Nothing is known.
    Unknown,
}

/// A service.
#[derive(Debug, Clone)]
pub struct ServiceShown {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub health: Health,
    /// A figure or two of it.
    pub hint: String,
    /// Share of the last 30 days' samples that passed, in percent.
    pub uptime: Option<f64>,
    /// Time of an answer, in milliseconds.
    pub response: Option<f64>,
    /// The last days, oldest first; empty where they are not known.
    pub days: Vec<DayShown>,
}

/// A day of a service.
#[derive(Debug, Clone, Copy)]
pub struct DayShown {
    /// Share of its samples that passed, in percent.
    pub percent: Option<f64>,
    /// How long it was down.
    pub down: Duration,
}

/// A figure over time.
#[derive(Debug, Clone)]
pub struct FigureShown {
    /// Its name.
    pub name: &'static str,
    /// What it is now.
    pub now: String,
    /// What more is to be said of it.
    pub more: String,
    /// Its values, oldest first; empty where they are not known.
    pub values: Vec<Option<f64>>,
    /// The end of its scale, where that is fixed.
    pub top: Option<f64>,
    /// Whether it shows what is broken.
    pub is_hot: bool,
}

/// Uptime and interruptions.
#[derive(Debug, Clone)]
pub struct UptimeShown {
    /// The installation's.
    pub uptime: Uptime,
    /// Interruptions of services, newest first: which, from when, how long, whether it lasts, and why.
    pub interruptions: Vec<(String, OffsetDateTime, Duration, bool, String)>,
}

/// The page of monitoring.
#[derive(Debug, Template)]
#[template(path = "monitoring/monitoring.html")]
pub struct MonitoringPage {
    shell: Shell,
    range: String,
    nodes: Option<u64>,
    services: Vec<ServiceShown>,
    figures: Vec<FigureShown>,
    uptime: UptimeShown,
}

/// The parts of the service in a word each.
#[derive(Debug, Template)]
#[template(path = "monitoring/status.html")]
pub struct StatusPage {
    shell: Shell,
    overall: &'static str,
    parts: Vec<(&'static str, &'static str)>,
}

/// The timeframes to choose from.
const RANGES: [&str; 5] = ["1h", "6h", "24h", "7d", "30d"];

impl MonitoringPage {
    /// The page of a timeframe.
    #[must_use]
    pub fn new(
        shell: Shell,
        (range, nodes): (String, Option<u64>),
        services: Vec<ServiceShown>,
        figures: Vec<FigureShown>,
        uptime: UptimeShown,
    ) -> Self {
        Self {
            shell,
            range,
            nodes,
            services,
            figures,
            uptime,
        }
    }

    fn ranges(&self) -> [&'static str; 5] {
        RANGES
    }

    /// What is broken, in a word.
    fn overall(&self) -> (&'static str, String) {
        let down: Vec<&str> = self
            .services
            .iter()
            .filter(|one| one.health == Health::Bad)
            .map(|one| one.name.as_str())
            .collect();
        match down.as_slice() {
            [] => (" green", "Healthy".to_owned()),
            ["Database", ..] => (" red", "Database down".to_owned()),
            _ => (
                " amber",
                format!("Degraded, {}", down.join(", ").to_lowercase()),
            ),
        }
    }

    fn dot(&self, service: &ServiceShown) -> &'static str {
        match service.health {
            Health::Good => " green",
            Health::Bad => " red",
            Health::Unknown => "",
        }
    }

    fn word(&self, service: &ServiceShown) -> &'static str {
        match service.health {
            Health::Good => "healthy",
            Health::Bad => "not healthy",
            Health::Unknown => "not known",
        }
    }

    fn strip(&self, service: &ServiceShown) -> Strip {
        let days: Vec<Day> = service
            .days
            .iter()
            .map(|one| Day {
                percent: one.percent,
            })
            .collect();
        let last = service.days.len();
        let down = service
            .days
            .iter()
            .enumerate()
            .filter(|(_, one)| one.down.is_positive());
        let told: Vec<String> = down
            .map(|(place, one)| match last - place - 1 {
                0 => format!("{} down today", span(one.down)),
                ago => format!("{} down {ago} d ago", span(one.down)),
            })
            .collect();
        let finding = if told.is_empty() {
            "no failed checks".to_owned()
        } else {
            told.join(", ")
        };
        Strip::of(&days, format!("Last {last} days: {finding}"))
    }

    fn has_days(&self) -> bool {
        self.services.iter().any(|service| !service.days.is_empty())
    }

    fn first_day(&self) -> String {
        let days = self
            .services
            .iter()
            .map(|service| service.days.len())
            .max()
            .unwrap_or_default();
        let back = Duration::days(i64::try_from(days.saturating_sub(1)).unwrap_or_default());
        day((self.shell.clock.now() - back).date())
    }

    fn line(&self, figure: &FigureShown) -> Line {
        let label = format!("{} over {}, now {}", figure.name, self.range, figure.now);
        let line = Line::of(&figure.values, figure.top, label);
        if figure.is_hot { line.hot() } else { line }
    }

    fn percent(&self, value: &f64) -> String {
        let text = format!("{value:.2}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{text} %")
    }

    fn millis(&self, value: &f64) -> String {
        if *value < 10.0 {
            format!("{value:.1} ms")
        } else {
            format!("{value:.0} ms")
        }
    }
}

impl StatusPage {
    /// The state of the whole, and of each part.
    #[must_use]
    pub fn new(
        shell: Shell,
        overall: &'static str,
        parts: Vec<(&'static str, &'static str)>,
    ) -> Self {
        Self {
            shell,
            overall,
            parts,
        }
    }

    fn colour(&self, word: &str) -> &'static str {
        match word {
            "Operational" => " green",
            "Outage" => " red",
            _ => " amber",
        }
    }
}
