//! Measures Faultbook: `bench --help`.
fn main() {}
