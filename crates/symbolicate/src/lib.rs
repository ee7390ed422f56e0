//! Makes the stack traces of minified scripts readable: takes the bundles that build tools upload, finds the map of each
//! frame among them, and writes the original place and lines into the frame.
//!
//! [`Uploads`] and [`Symbolicator`] work over the ports of [`faultbook_domain::artifacts`]; everything else here is pure.

pub mod bundle;
mod context_lines;
mod finder;
mod frames;
mod late_maps;
mod located;
mod map_cache;
pub mod paths;
pub mod reason;
pub mod script;
pub mod source_map;
mod symbolicator;
mod uploads;

pub use late_maps::{LateMapParts, LateMaps};
pub use symbolicator::{Done, Symbolicator, SymbolicatorLimits};
pub use uploads::{
    Assembled, Assembly, CHUNK, LOOK, Progress, UploadError, UploadLimits, UploadStores, Uploads,
};
