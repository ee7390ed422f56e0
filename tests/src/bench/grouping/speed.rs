//! What one fingerprint costs.

use super::data::Report;
use super::pipeline::Pipeline;
use faultbook_domain::fingerprint::{FingerprintInput, Fingerprinter};
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one round is.
const ROUND: Duration = Duration::from_millis(60);
/// Rounds of which the median counts: other processes disturb some.
const ROUNDS: usize = 11;

/// Mean microseconds that the fingerprint of a report takes over the whole set, in the median round.
pub fn mean(pipeline: &Pipeline, reports: &[Report]) -> f64 {
    let reports: Vec<_> = reports
        .iter()
        .map(|report| pipeline.scrub(report))
        .collect();
    time(|| {
        for report in &reports {
            black_box(pipeline.group(black_box(report)));
        }
        reports.len()
    })
}

fn time(mut work: impl FnMut() -> usize) -> f64 {
    work();
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let (start, used, mut done) = (Instant::now(), cpu_time(), 0);
            while start.elapsed() < ROUND {
                done += work();
            }
            let spent = match (used, cpu_time()) {
                (Some(before), Some(after)) if after > before => after - before,
                _ => start.elapsed(),
            };
            spent.as_secs_f64() * 1e6 / done.max(1) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// What this thread has run so far, where Linux tells. Unlike the clock it does not count what other
/// processes took.
fn cpu_time() -> Option<Duration> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split(' ')
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

/// Writes one line of a stack trace, by its number.
type Line = fn(&mut String, usize);

/// Mean microseconds for a made-up report of 2 KB in each of the most common formats.
pub fn two_kilobytes(grouper: &dyn Fingerprinter) -> Vec<(&'static str, f64)> {
    let message = "could not save order 8f14e45f-ceea-467f-ab7c-8d5e9c1f2a3b of jane@example.com \
                   after 3 attempts in 1,204 ms: POST https://api.example.com/v2/orders?retry=1 \
                   answered 503 (request req_9f8e7d6c5b4a)";
    let formats: [(&str, Line); 4] = [
        ("javascript", |text, i| {
            _ = writeln!(
                text,
                "    at Service{i}.handle{i} (/srv/app/src/module{i}/service.js:{i}7:13)"
            );
        }),
        ("python", |text, i| {
            _ = writeln!(
                text,
                "  File \"/srv/app/module{i}/service.py\", line {i}7, in handle_{i}\n    return self.next(request)"
            );
        }),
        ("java", |text, i| {
            _ = writeln!(
                text,
                "\tat com.example.module{i}.Service.handle{i}(Service.java:{i}7)"
            );
        }),
        ("text", |text, i| {
            _ = writeln!(
                text,
                "step {i} of the import of /var/spool/in/{i}.csv took {i}7 ms"
            );
        }),
    ];
    formats
        .into_iter()
        .map(|(name, line)| {
            let head = match name {
                "python" => "Traceback (most recent call last):\n",
                "java" => "com.example.StoreException: could not save order 17\n",
                _ => "StoreError: could not save order 17\n",
            };
            let mut stack = head.to_owned();
            let mut i = 1;
            while stack.len() + message.len() < 2048 {
                line(&mut stack, i);
                i += 1;
            }
            let input = FingerprintInput {
                source: "orders",
                message,
                stack_trace: Some(&stack),
                ..FingerprintInput::default()
            };
            let micros = time(|| {
                black_box(grouper.fingerprint(black_box(&input)));
                1
            });
            (name, micros)
        })
        .collect()
}

/// Milliseconds for 1 MiB of what parsers fear, as a message and as a stack trace.
pub fn mebibyte(grouper: &dyn Fingerprinter) -> Vec<(&'static str, f64)> {
    let pieces = [
        ("letters", "a"),
        ("digits", "7"),
        ("parentheses", "("),
        ("brackets", "{\"a\":["),
        ("quotes", "\""),
        ("open quotes", "'a "),
        ("at", "at "),
        ("newlines", "\n"),
        ("escapes", "\x1b[31m"),
        ("keys", "a='{"),
        ("URLs", "a://"),
        ("frames", "    at f (/srv/a.js:1:2)\n"),
        (
            "sentences",
            "could not save order 17 of user bob: timed out after 20 ms\n",
        ),
    ];
    pieces
        .into_iter()
        .map(|(name, piece)| {
            let text = piece.repeat((1 << 20) / piece.len());
            let input = FingerprintInput {
                source: "orders",
                message: &text,
                stack_trace: Some(&text),
                ..FingerprintInput::default()
            };
            let start = Instant::now();
            black_box(grouper.fingerprint(black_box(&input)));
            (name, start.elapsed().as_secs_f64() * 1e3)
        })
        .collect()
}
