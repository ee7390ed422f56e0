//! Parses JSON within bounds, and repairs what clients really send.

mod repair;
mod scan;

use super::error::{ApiError, Code};
use serde_json::Value;
use std::borrow::Cow;

/// Parses a text of at most `max_values` values and keys. NUL characters and lone surrogates (`"\ud800"`, which
/// JavaScript and Python clients send) and bytes that are not UTF-8 become U+FFFD, a byte order mark is skipped.
///
/// # Errors
/// [`Code::InvalidJson`] for anything else that is not JSON, nesting beyond 128 levels included;
/// [`Code::InvalidInput`] for too many values and for a key that serde_json reserves.
pub fn parse(body: &[u8], max_values: usize) -> Result<Value, ApiError> {
    let text = text_of(body);
    let shape = scan::shape(&text, max_values);
    if shape.too_deep {
        return Err(ApiError::new(Code::InvalidJson));
    }
    if shape.values > max_values {
        return Err(ApiError::new(Code::InvalidInput).with_message(format!(
            "Invalid input: more than {max_values} values and keys"
        )));
    }
    if shape.reserved_key {
        // With `arbitrary_precision` serde_json takes an object with such a key for a number.
        return Err(ApiError::new(Code::InvalidInput).with_message(format!(
            "Invalid input: keys must not begin with {}",
            scan::RESERVED
        )));
    }
    serde_json::from_str(&repair::repaired(&text)).map_err(|_| ApiError::new(Code::InvalidJson))
}

/// Splits the text of an array into the texts of its elements, without looking into them further than it takes to
/// find their ends.
///
/// # Errors
/// [`Code::InvalidInput`] when the text is no array or has more than `max_items` elements, [`Code::InvalidJson`] when
/// it breaks off between elements.
pub fn elements(text: &[u8], max_items: usize) -> Result<Vec<&[u8]>, ApiError> {
    let text = without_mark(text);
    match scan::elements(text, max_items) {
        Ok(elements) => Ok(elements),
        Err(scan::NotElements::TooMany) => Err(too_many(max_items)),
        Err(scan::NotElements::NoArray) => {
            match serde_json::from_slice::<serde::de::IgnoredAny>(text) {
                Ok(_) => Err(ApiError::new(Code::InvalidInput)
                    .with_message("Invalid input: the body must be an array of reports")),
                Err(_) => Err(ApiError::new(Code::InvalidJson)),
            }
        }
        Err(scan::NotElements::Broken) => Err(ApiError::new(Code::InvalidJson)),
    }
}

/// Splits newline-delimited JSON into the lines that are not blank.
///
/// # Errors
/// [`Code::InvalidInput`] when there are more than `max_items`.
pub fn lines(text: &[u8], max_items: usize) -> Result<Vec<&[u8]>, ApiError> {
    let mut lines = Vec::new();
    let all = without_mark(text).split(|byte| *byte == b'\n');
    for line in all.filter(|line| !line.trim_ascii().is_empty()) {
        if lines.len() == max_items {
            return Err(too_many(max_items));
        }
        lines.push(line);
    }
    Ok(lines)
}

fn too_many(max_items: usize) -> ApiError {
    ApiError::new(Code::InvalidInput).with_message(format!(
        "Invalid input: a batch holds at most {max_items} reports"
    ))
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

fn text_of(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(without_mark(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &[u8]) -> Result<Value, Code> {
        parse(body, 1_000).map_err(|error| error.code())
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(
            read(b"\xEF\xBB\xBF[\"a\xFFb\"]").unwrap(),
            json!(["a\u{FFFD}b"])
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for body in [
            "",
            "{",
            "{\"a\":1,}",
            "NaN",
            "{} x",
            "\"\\ud800",
            "\u{1}",
            &deep,
            &"{\"a\":".repeat(5_000),
        ] {
            assert_eq!(read(body.as_bytes()), Err(Code::InvalidJson), "{body:?}");
        }
    }

    #[test]
    fn large_and_precise_numbers_are_kept() {
        let text = r#"{"n":12345678901234567890123,"f":0.10000000000000000001,"e":1e+400}"#;
        assert_eq!(read(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn values_and_keys_are_counted() {
        let accepted = format!("[{}0]", "0,".repeat(998));
        assert!(read(accepted.as_bytes()).is_ok());
        for element in ["0", "[]", "{}", "\"\"", "null", "\"a,b\""] {
            let text = format!("[{}{element}]", format!("{element},").repeat(1_000));
            assert_eq!(read(text.as_bytes()), Err(Code::InvalidInput), "{element}");
        }
        let members: Vec<String> = (0..500).map(|n| format!("\"{n}\":{n}")).collect();
        let text = format!("{{{}}}", members.join(","));
        assert_eq!(read(text.as_bytes()), Err(Code::InvalidInput));
    }

    #[test]
    fn a_key_that_serde_json_reserves_is_refused_and_its_text_elsewhere_is_kept() {
        for key in [
            "$serde_json::private::Number",
            "\\u0024serde_json::private::Number",
            "$serde_json::private::RawValue",
            "$serde_json:\\u003aprivate::Number",
        ] {
            let text = format!("{{\"context\":{{\"{key}\" : \"1\"}}}}");
            assert_eq!(read(text.as_bytes()), Err(Code::InvalidInput), "{key}");
        }
        let text =
            r#"{"message":"$serde_json::private::Number","a$serde_json::private::Number":1}"#;
        assert_eq!(read(text.as_bytes()).unwrap().to_string(), text);
    }

    #[test]
    fn an_array_is_split_into_its_elements() {
        let text = br#" [ {"a":[1,2]} , "x,]\"[", [[]],3 ,null ] "#;
        let split = elements(text, 10).unwrap();
        let split: Vec<&str> = split
            .into_iter()
            .map(|one| std::str::from_utf8(one).unwrap())
            .collect();
        assert_eq!(
            split,
            ["{\"a\":[1,2]}", "\"x,]\\\"[\"", "[[]]", "3", "null"]
        );
        assert!(elements(b"[]", 10).unwrap().is_empty());
        assert!(elements(b" [ ] ", 10).unwrap().is_empty());
    }

    #[test]
    fn what_breaks_an_array_itself_is_refused() {
        let refused = |text: &[u8]| elements(text, 3).unwrap_err().code();
        for text in [
            "[1,2", "[1,]", "[,1]", "[1,,2]", "[1] 2", "[\"", "[", "", "{\"a\":",
        ] {
            assert_eq!(refused(text.as_bytes()), Code::InvalidJson, "{text}");
        }
        for text in ["{}", "5", "\"x\"", "[1,2,3,4]"] {
            assert_eq!(refused(text.as_bytes()), Code::InvalidInput, "{text}");
        }
    }

    #[test]
    fn an_element_that_is_no_json_leaves_the_others() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let text = format!("[{{\"a\":1,}},{deep},tru,{{\"b\":2}}]");
        let split = elements(text.as_bytes(), 10).unwrap();
        let read: Vec<bool> = split.into_iter().map(|one| read(one).is_ok()).collect();
        assert_eq!(read, [false, false, false, true]);
    }

    #[test]
    fn lines_are_split_and_counted() {
        assert_eq!(lines(b"1\n\n 2 \r\n", 2).unwrap().len(), 2);
        assert_eq!(lines(b"1\n2\n3", 2).unwrap_err().code(), Code::InvalidInput);
    }
}
