//! Rounds of a measurement, and the table of their medians.

use crate::load::Measured;
use crate::setup::Cpu;
use std::time::Duration;

/// For how long a side runs before it is measured.
pub const WARM_UP: Duration = Duration::from_secs(1);

/// The processes whose CPU time a round is charged with, where they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watched {
    /// The server's.
    pub server: Option<Cpu>,
    /// The database's.
    pub database: Option<Cpu>,
}

/// One round of one side.
#[derive(Debug, Clone)]
pub struct Round {
    measured: Measured,
    reports_a_turn: usize,
    server: Option<Duration>,
    database: Option<Duration>,
}

impl Round {
    /// Measures, with `reports_a_turn` reports in each turn.
    ///
    /// # Errors
    /// Those of the measurement, or when CPU times cannot be read.
    pub async fn of(
        watched: Watched,
        reports_a_turn: usize,
        measuring: impl Future<Output = anyhow::Result<Measured>>,
    ) -> anyhow::Result<Self> {
        let used = |cpu: Option<Cpu>| cpu.map(Cpu::used).transpose();
        let before = (used(watched.server)?, used(watched.database)?);
        let measured = measuring.await?;
        let since = |now: Option<Duration>, then| Some(now?.saturating_sub(then?));
        Ok(Self {
            measured,
            reports_a_turn,
            server: since(used(watched.server)?, before.0),
            database: since(used(watched.database)?, before.1),
        })
    }

    /// Warms up, then measures.
    ///
    /// # Errors
    /// As [`Round::of`].
    pub async fn warmed(
        watched: Watched,
        reports_a_turn: usize,
        duration: Duration,
        run: impl AsyncFn(Duration) -> anyhow::Result<Measured>,
    ) -> anyhow::Result<Self> {
        run(WARM_UP).await?;
        Self::of(watched, reports_a_turn, run(duration)).await
    }

    /// Reports that were acknowledged.
    pub const fn reports(&self) -> u64 {
        self.measured.acknowledged * self.reports_a_turn as u64
    }

    /// Reports a second.
    pub fn per_second(&self) -> f64 {
        self.measured.per_second() * self.reports_a_turn as f64
    }

    /// Microseconds a report.
    fn a_report(&self, cpu: Option<Duration>) -> String {
        cpu.map_or_else(
            || "-".to_owned(),
            |cpu| format!("{:.0}", cpu.as_secs_f64() * 1e6 / self.reports() as f64),
        )
    }
}

/// One side's rounds.
pub struct Side {
    /// What it does.
    pub name: String,
    /// In the order they were measured.
    pub rounds: Vec<Round>,
}

impl Side {
    /// One that was not measured yet.
    pub fn new(name: impl Into<String>) -> Self {
        let (name, rounds) = (name.into(), Vec::new());
        Self { name, rounds }
    }

    fn median(&self) -> &Round {
        let mut rounds: Vec<&Round> = self.rounds.iter().collect();
        rounds.sort_by(|one, two| one.per_second().total_cmp(&two.per_second()));
        rounds[rounds.len() / 2]
    }
}

/// Prints the sides of each group, the first one of it as a multiple of each.
#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
pub fn print_table(groups: &[Vec<Side>]) {
    println!(
        "| side | reports/s | p50 ms | p90 ms | p99 ms | server CPU, µs a report | database CPU, µs a report | first against this |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for sides in groups {
        for side in sides.iter().filter(|side| !side.rounds.is_empty()) {
            let round = side.median();
            let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| round.measured.percentile(share));
            println!(
                "| {} | {:.0} | {p50:.2} | {p90:.2} | {p99:.2} | {} | {} | {:.2} |",
                side.name,
                round.per_second(),
                round.a_report(round.server),
                round.a_report(round.database),
                sides[0].median().per_second() / round.per_second(),
            );
        }
    }
}
