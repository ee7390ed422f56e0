//! Reads frames of WebAssembly, which JavaScript engines print among their own.

use super::super::frame::{Frame, Origin};
use super::{Call, native, rust};

/// What stands between the module's URL and the offset, by the WebAssembly JavaScript interface's "Conventions":
/// `url:wasm-function[index]:0xoffset`.
const LOCATION: &str = ":wasm-function[";

/// The module's URL of a place in WebAssembly. Index and offset change with every build.
pub(super) fn module(place: &str) -> Option<&str> {
    if place == "[wasm code]" {
        return Some(place);
    }
    let (url, location) = place.split_once(LOCATION)?;
    let (index, offset) = location.split_once("]:0x")?;
    let is_location =
        index.bytes().all(|b| b.is_ascii_digit()) && offset.bytes().all(|b| b.is_ascii_hexdigit());
    is_location.then_some(url)
}

/// Whether the file is a module of WebAssembly.
pub(super) fn is_module(file: &str) -> bool {
    file.starts_with("wasm://") || file.ends_with(".wasm") || file == "[wasm code]"
}

/// Reads a call by its function, which says its language: the module's name is the build's. Without the names of the
/// build, functions are numbers, which the next build gives anew.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    // V8 prints the module before the function, and Safari the location around it.
    let name = call
        .name
        .rsplit_once(".wasm.")
        .map_or(call.name, |(_, name)| name);
    let name = name
        .split_once("wasm-function[")
        .map_or(name, |(_, name)| name.strip_suffix(']').unwrap_or(name));
    if name.bytes().all(|b| b.is_ascii_digit()) || matches!(name, "?" | "<anonymous>") {
        return None;
    }
    let named = Call::of("", name);
    let frame = if name.contains("::") && !name.contains('(') {
        rust::read(&named)?
    } else {
        native::read(&named)?
    };
    let origin = match frame.origin {
        Origin::Own if rust::is_machinery(name) => Origin::Runtime,
        origin => origin,
    };
    Some(Frame { origin, ..frame })
}
