//! The labelled sets, as files.

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A labelled report.
pub struct Report {
    pub label: String,
    pub variation: String,
    pub language: String,
    pub source: String,
    pub message: String,
    pub stack_trace: Option<String>,
}

/// Reports that are compared with each other.
pub struct Set {
    pub name: String,
    pub reports: Vec<Report>,
}

impl Set {
    /// The true group of each report.
    pub fn labels(&self) -> Vec<&str> {
        self.reports
            .iter()
            .map(|report| report.label.as_str())
            .collect()
    }
}

/// Every CSV file of the folder, each a set and a `source` of its own.
pub fn loghub(folder: &Path) -> anyhow::Result<Vec<Set>> {
    files(folder, "csv")?
        .iter()
        .map(|path| system(path))
        .collect()
}

/// Every JSON Lines file of the folder, each a set.
pub fn stacks(folder: &Path) -> anyhow::Result<Vec<Set>> {
    files(folder, "jsonl")?
        .iter()
        .map(|path| traces(path))
        .collect()
}

/// The files of the folder with this extension, sorted; none without the folder.
fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == extension))
        .collect();
    files.sort();
    Ok(files)
}

fn system(path: &Path) -> anyhow::Result<Set> {
    let text = read(path)?;
    let name = name_of(path);
    let mut rows = csv(&text).into_iter();
    let head = rows.next().context("an empty CSV file")?;
    let column = |wanted: &str| {
        head.iter()
            .position(|cell| cell == wanted)
            .with_context(|| format!("{} has no column {wanted}", path.display()))
    };
    let (content, template) = (column("Content")?, column("EventTemplate")?);
    let mut reports = Vec::new();
    for row in rows {
        let (Some(message), Some(label)) = (row.get(content), row.get(template)) else {
            bail!("{} has a row of {} cells", path.display(), row.len());
        };
        reports.push(Report {
            label: label.clone(),
            variation: String::new(),
            language: name.clone(),
            source: name.clone(),
            message: message.clone(),
            stack_trace: None,
        });
    }
    Ok(Set { name, reports })
}

/// RFC 4180 rows.
fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// The reports of a JSON Lines file.
fn traces(path: &Path) -> anyhow::Result<Set> {
    let text = read(path)?;
    let mut reports = Vec::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let value: Value = serde_json::from_str(line)
            .with_context(|| format!("{} line {}", path.display(), number + 1))?;
        let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        reports.push(Report {
            label: field("label"),
            variation: field("variation"),
            language: field("language"),
            source: field("source"),
            message: field("message"),
            stack_trace: value["stack_trace"].as_str().map(str::to_owned),
        });
    }
    Ok(Set {
        name: name_of(path),
        reports,
    })
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
