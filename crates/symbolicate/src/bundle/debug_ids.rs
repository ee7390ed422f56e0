//! Debug ids that stand in the files themselves.

use super::manifest::debug_id_of;
use serde::Deserialize;
use std::io::{BufReader, Read};
use uuid::Uuid;

/// How much of the end of a script is looked at.
pub(super) const TAIL: usize = 4 << 10;

/// Finds the id in the end of a script: the last `//# debugId=`.
pub(super) fn of_script(tail: &[u8]) -> Option<Uuid> {
    let text = String::from_utf8_lossy(tail);
    let (_, after) = text.rsplit_once("//# debugId=")?;
    debug_id_of(after.split(char::is_whitespace).next()?)
}

/// Finds the id of a source map: `debugId` or `debug_id`. Nothing in what is no JSON.
pub(super) fn of_map(json: impl Read) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Ids {
        #[serde(default, rename = "debugId")]
        debug_id: Option<String>,
        #[serde(default, rename = "debug_id")]
        older: Option<String>,
    }
    let ids: Ids = serde_json::from_reader(BufReader::with_capacity(64 << 10, json)).ok()?;
    let own = ids.debug_id.as_deref().and_then(debug_id_of);
    own.or_else(|| ids.older.as_deref().and_then(debug_id_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "85314830-023f-4cf1-a267-535f4e37bb17";

    #[test]
    fn ids_are_found_where_tools_put_them() {
        let script = format!("a();//# debugId=x\n//# debugId={ID}\n//# sourceMappingURL=a.js.map");
        assert_eq!(of_script(script.as_bytes()).unwrap().to_string(), ID);
        for map in [
            format!("{{\"debugId\":\"{ID}\",\"debug_id\":\"{ID}\"}}"),
            format!("{{\"version\":3,\"debug_id\":\"{ID}\",\"mappings\":\"\"}}"),
        ] {
            assert_eq!(of_map(map.as_bytes()).unwrap().to_string(), ID);
        }
        for map in ["", "{}", "{\"debugId\":5}", "[1]"] {
            assert_eq!(of_map(map.as_bytes()), None, "{map}");
        }
    }
}
