//! Writes alike what run times call one fault differently: V8, SpiderMonkey and JavaScriptCore, by MDN's "JavaScript error
//! reference", and Ruby since 3.4, by its release notes.

/// A name that minifiers give, which is another one after each build, has at most so many bytes.
const MINIFIED: usize = 2;

/// The message in words that are the same for every engine. `None` when no engine wrote it.
pub(super) fn alike(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    if text.len() > 512 || text.contains('\n') {
        return None;
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.starts_with("undefined method ") {
        return receiver(text);
    }
    if is_bad_json(text) {
        return Some("JSON.parse: bad parsing".to_owned());
    }
    if let Some((name, nothing)) = property(text) {
        return Some(format!("no property '{name}' of {nothing}"));
    }
    if let Some(name) = text.strip_prefix("Can't find variable: ") {
        return Some(format!("{name} is not defined"));
    }
    // JavaScriptCore explains: `x.y is not a function. (In 'x.y()', 'x.y' is undefined)`.
    let said = if text.ends_with(')') {
        text.split(". (In '").next().unwrap_or(text)
    } else {
        text
    };
    let (expression, fault) = FAULTS
        .iter()
        .find_map(|fault| Some((said.strip_suffix(fault)?, *fault)))?;
    let bare = without_minified(expression)?;
    (bare.len() < expression.len() || said.len() < text.len()).then(|| format!("{bare}{fault}"))
}

/// `undefined method 'x' for RECEIVER`: Ruby 3.4 names its class, and older versions inspect it.
fn receiver(text: &str) -> Option<String> {
    let (front, receiver) = text.split_once("' for ")?;
    let class = match receiver {
        "nil:NilClass" => return Some(format!("{front}' for nil")),
        new if new.starts_with("an instance of ") || !new.contains([':', '#']) => return None,
        object if object.starts_with("#<") => {
            let inner = &object[2..];
            let end = inner
                .bytes()
                .enumerate()
                .position(|(at, b)| {
                    let within = inner[..at].ends_with(':') || inner[at + 1..].starts_with(':');
                    matches!(b, b' ' | b'>') || b == b':' && !within
                })
                .unwrap_or(inner.len());
            &inner[..end]
        }
        inspected => inspected.rsplit_once(':').map(|(_, class)| class)?,
    };
    let named = class.starts_with(|c: char| c.is_ascii_uppercase()) && !class.contains(' ');
    named.then(|| format!("{front}' for an instance of {class}"))
}

/// What may be wrong with an expression.
const FAULTS: &[&str] = &[
    " is not a function",
    " is not a constructor",
    " is not iterable",
    " is undefined",
    " is null",
];

/// "SyntaxError: JSON.parse: bad parsing". Where and why depends on the data.
fn is_bad_json(text: &str) -> bool {
    text.ends_with(" is not valid JSON")
        || text == "Unexpected end of JSON input"
        || matches!(text.as_bytes().first(), Some(b'U' | b'E' | b'B' | b'N'))
            && text.contains(" JSON at position ")
        || text.starts_with("JSON.parse: ")
        || text.starts_with("JSON Parse error: ")
}

/// "TypeError: can't access property "x" of "y"": the property, and `undefined` or `null`.
fn property(text: &str) -> Option<(&str, &str)> {
    let nothing = |text: &str| matches!(text, "undefined" | "null");
    // V8.
    for (start, verb) in [
        ("Cannot read properties of ", " (reading '"),
        ("Cannot set properties of ", " (setting '"),
    ] {
        if let Some((of, name)) = text
            .strip_prefix(start)
            .and_then(|rest| rest.split_once(verb))
        {
            let name = name.strip_suffix("')")?;
            return nothing(of).then_some((name, of));
        }
    }
    for start in ["Cannot read property '", "Cannot set property '"] {
        if let Some((name, of)) = text
            .strip_prefix(start)
            .and_then(|rest| rest.split_once("' of "))
        {
            return nothing(of).then_some((name, of));
        }
    }
    if let Some(rest) = text.strip_prefix("Cannot destructure property '") {
        let (name, rest) = rest.split_once("' of '")?;
        let (_, of) = rest.rsplit_once("' as it is ")?;
        return nothing(of).then_some((name, of));
    }
    // SpiderMonkey.
    if let Some(rest) = text.strip_prefix("can't access property \"") {
        let (name, rest) = rest.split_once('"')?;
        let of = rest.rsplit(' ').next()?;
        return nothing(of).then_some((name, of));
    }
    // JavaScriptCore.
    let (of, rest) = text.split_once(' ')?;
    let rest = rest.strip_prefix("is not an object (evaluating '")?;
    let expression = rest.strip_suffix("')")?;
    let expression = expression.split(" = ").next().unwrap_or(expression);
    let expression = expression
        .split_once('(')
        .map_or(expression, |(called, _)| called);
    let (_, name) = expression.rsplit_once('.')?;
    (nothing(of) && is_identifier(name)).then_some((name, of))
}

/// The expression without a receiver that a minifier named, or that was computed. `None` when it is no chain of names.
fn without_minified(expression: &str) -> Option<&str> {
    let end = expression.rsplit('.').next().unwrap_or(expression);
    let chain = |text: &str| text.split('.').all(is_identifier);
    if !is_identifier(end) {
        return None;
    }
    let Some((root, rest)) = expression.split_once('.') else {
        return Some(expression);
    };
    if chain(expression) {
        return Some(if root.len() <= MINIFIED {
            rest
        } else {
            expression
        });
    }
    // `(intermediate value).x`, `n(...).x`, `t[0].x`.
    (!expression.contains(' ') || expression.starts_with('(')).then_some(end)
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubys_versions_name_receivers_alike() {
        for (old, new) in [
            (
                "undefined method `x' for nil:NilClass",
                "undefined method `x' for nil",
            ),
            (
                "undefined method `x' for #<Shop::Cart:0x0000>",
                "undefined method `x' for an instance of Shop::Cart",
            ),
            (
                "undefined method `x' for #<Cart id: 7>",
                "undefined method `x' for an instance of Cart",
            ),
            (
                "undefined method `x' for \"a:b\":String",
                "undefined method `x' for an instance of String",
            ),
        ] {
            assert_eq!(alike(old).as_deref(), Some(new));
        }
        assert_eq!(alike("undefined method 'x' for an instance of Cart"), None);
    }

    #[test]
    fn the_words_of_engines_are_alike() {
        for (texts, said) in [
            (
                &[
                    "Cannot read properties of undefined (reading 'petals')",
                    "Cannot read property 'petals' of undefined",
                    "can't access property \"petals\", e.rose is undefined",
                    "undefined is not an object (evaluating 'e.rose.petals')",
                    "undefined is not an object (evaluating 't.rose.petals(1)')",
                ][..],
                "no property 'petals' of undefined",
            ),
            (&["Can't find variable: garden"], "garden is not defined"),
            (
                &[
                    "e.water is not a function",
                    "t.water is not a function. (In 't.water()', 't.water' is undefined)",
                    "(intermediate value).water is not a function",
                ],
                "water is not a function",
            ),
            (&["e.rose is undefined"], "rose is undefined"),
            (
                &[
                    "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
                    "Unexpected token < in JSON at position 0",
                    "Expected ',' or '}' after property value in JSON at position 7 (line 1 column 8)",
                    "JSON.parse: unexpected character at line 1 column 1 of the JSON data",
                    "JSON Parse error: Unrecognized token '<'",
                ],
                "JSON.parse: bad parsing",
            ),
        ] {
            for text in texts {
                assert_eq!(alike(text).as_deref(), Some(said), "{text}");
            }
        }
        for text in [
            "could not save",
            "the order is undefined",
            "garden.rose is undefined",
            "Cannot read properties of the file (reading 'x')",
            "",
        ] {
            assert_eq!(alike(text), None, "{text}");
        }
    }
}
