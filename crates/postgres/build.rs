//! Rebuilds on new migrations: they are embedded by a macro, whose inputs cargo does not track.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations/postgres");
}
