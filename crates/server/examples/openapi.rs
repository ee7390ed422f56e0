//! Prints the OpenAPI document as the handlers describe it: `just openapi` writes it to `openapi.json`.

use faultbook_server::openapi;
use std::io::Write;

fn main() -> anyhow::Result<()> {
    let text = openapi::generated_text()?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}
