//! Selects the frames of an exception that are part of the fingerprint.

use super::frame::{Frame, Site};
use super::stack::{Exception, Trace};

/// Most frames of one exception that count: where it happened, who asked for it, and for whom.
/// More would tell no more bugs apart in practice, and every frame more is one that truncation,
/// another thread or another framework can change.
const FRAMES: usize = 3;
/// The same for bundles, where one file holds the application and what drives it.
const BUNDLE_FRAMES: usize = 2;
/// How deep a bundle's named function is looked for: V8 prints ten frames, others all.
const BUNDLE_DEPTH: usize = 10;
/// Functions that a program starts in. Whether a stack reaches them depends on threads and timers.
const ENTRIES: &[&str] = &[
    "main",
    "Main",
    "<main>",
    "<module>",
    "<top (required)>",
    "__main__",
];

/// The frames that count, by their index, as they are hashed: the innermost of the application's
/// own; a library's when the whole chain has no others. A cause's end where what it caused begins: printers
/// leave those frames out, each at another depth.
pub(super) fn counted<'a>(
    trace: &Trace<'a>,
    exception: &Exception<'a>,
    places: &[String],
) -> Vec<(usize, String)> {
    let depth = if trace.bundled {
        BUNDLE_DEPTH
    } else {
        usize::MAX
    };
    let mut selection = Selection {
        trace,
        exception,
        places,
        sites: Vec::new(),
    };
    let own = |frame: &Frame<'_>, site: &Site<'_>| site.in_app && !frame.function.is_empty();
    let inner = selection.pick(depth, |f, s| {
        own(f, s) && !ENTRIES.contains(&f.function.as_ref())
    });
    if !inner.is_empty() {
        return inner;
    }
    let elsewhere = |other: &Exception<'a>| {
        let named = |f: &Frame<'a>| !ENTRIES.contains(&f.function.as_ref()) && own(f, &f.site());
        !std::ptr::eq(other, exception) && !other.aside && other.frames.iter().any(named)
    };
    if trace.exceptions.iter().any(elsewhere) {
        return Vec::new();
    }
    if selection.sites.iter().any(|site| site.in_app) {
        let named = selection.pick(depth, own);
        if !named.is_empty() {
            return named;
        }
        let unnamed = selection.pick(depth, |_, site| site.in_app);
        if !unnamed.is_empty() {
            return unnamed;
        }
    }
    selection.pick(usize::MAX, |frame, _| !frame.function.is_empty())
}

struct Selection<'t, 'a> {
    trace: &'t Trace<'a>,
    exception: &'t Exception<'a>,
    places: &'t [String],
    /// The places of the frames looked at so far.
    sites: Vec<Site<'a>>,
}

impl<'a> Selection<'_, 'a> {
    /// The innermost frames that `wanted` accepts.
    fn pick(
        &mut self,
        depth: usize,
        wanted: impl Fn(&Frame<'a>, &Site<'a>) -> bool,
    ) -> Vec<(usize, String)> {
        let most = if self.trace.bundled {
            BUNDLE_FRAMES
        } else {
            FRAMES
        };
        let mut chosen: Vec<(usize, String)> = Vec::new();
        for (i, frame) in self.exception.frames.iter().enumerate().take(depth) {
            if i == self.sites.len() {
                self.sites.push(frame.site());
            }
            let site = &self.sites[i];
            if !wanted(frame, site) {
                continue;
            }
            let place = self.place(frame, site);
            if chosen.iter().any(|(_, known)| *known == place) {
                continue;
            }
            let another = chosen.len() >= 2 && !self.same_root(chosen[0].0, i);
            if another || self.places.contains(&place) {
                break;
            }
            chosen.push((i, place));
            if chosen.len() == most {
                break;
            }
        }
        chosen
    }

    /// A frame as it is hashed. Native tools know the file only with debug information: there the
    /// qualified function is the place.
    fn place(&self, frame: &Frame<'_>, site: &Site<'_>) -> String {
        match (site.module.as_ref(), frame.function.as_ref()) {
            ("", function) => function.to_owned(),
            (module, "") => module.to_owned(),
            (_, function) if self.trace.format == "native" => function.to_owned(),
            (module, function) => format!("{module} {function}"),
        }
    }

    /// Whether two qualified names are of one owner: the company's and the product's name in Java,
    /// the first name in .NET and Perl. Other languages tell libraries by their paths.
    fn same_root(&self, a: usize, b: usize) -> bool {
        let (separator, segments) = match self.trace.format {
            "java" => (".", 2),
            "dotnet" => (".", 1),
            "perl" => ("::", 1),
            _ => return true,
        };
        let root = |i: usize| self.sites[i].module.split(separator).take(segments);
        root(a).eq(root(b))
    }
}
