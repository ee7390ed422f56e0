//! What every comparison of ways to write is told on the command line.

use crate::load::{Load, Measured};
use crate::round::{Side, print_table};
use crate::setup::{Places, Running, Server, Stack};
use clap::Args;
use std::time::Duration;

/// How and where to measure.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Seconds per measurement, after a warm-up of a second.
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Different errors among the reports.
    #[arg(long, default_value_t = 50)]
    pub errors: usize,
    /// Times each side is measured; the median is printed.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    #[command(flatten)]
    pub places: Places,
    #[command(flatten)]
    running: Running,
}

impl Plan {
    /// Of one measurement.
    pub const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// From so many connections.
    pub const fn load(&self, connections: usize, duration: Duration) -> Load {
        Load {
            connections,
            duration,
            errors: self.errors,
            event_ids: false,
        }
    }

    /// Measures the given server alone, or else the sides of both stores, and prints a table.
    ///
    /// # Errors
    /// Those of measuring.
    #[expect(clippy::print_stdout, reason = "the table is what is asked for")]
    pub async fn compare(
        &self,
        title: &str,
        reports_a_turn: usize,
        send: impl AsyncFn(&Server, Duration) -> anyhow::Result<Measured>,
        sides: impl AsyncFnOnce() -> anyhow::Result<Vec<Vec<Side>>>,
    ) -> anyhow::Result<()> {
        let sides = if let Some(server) = self.running.server().await? {
            let stack = Stack::given(server);
            let mut side = Side::new("the given server");
            for _ in 0..self.rounds {
                let round = stack.round(reports_a_turn, self.duration(), &send).await?;
                side.rounds.push(round);
            }
            vec![vec![side]]
        } else {
            sides().await?
        };
        let (errors, seconds, rounds) = (self.errors, self.seconds, self.rounds);
        println!("{title}, {errors} errors, {seconds} s a round, median of {rounds}");
        print_table(&sides);
        println!("stored counts equalled acknowledged ones after every round");
        Ok(())
    }
}
