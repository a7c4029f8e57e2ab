//! Why an answer was refused, told without quoting it: it may be somebody's data.

use crate::bindings::exports::stytch::users::types::Error;
use crate::plain::{Kind, Shape, USER};

/// What `serde_json` says of a text that is no JSON; none of it is the text's.
const SYNTAX: [&str; 17] = [
    "EOF while parsing a list",
    "EOF while parsing an object",
    "EOF while parsing a string",
    "EOF while parsing a value",
    "expected `:`",
    "expected `,` or `]`",
    "expected `,` or `}`",
    "expected ident",
    "expected value",
    "invalid escape",
    "invalid number",
    "number out of range",
    "invalid unicode code point",
    "control character (\\u0000-\\u001F) found while parsing a string",
    "key must be a string",
    "trailing comma",
    "trailing characters",
];
const MORE_SYNTAX: [&str; 3] = [
    "lone leading surrogate in hex escape",
    "unexpected end of hex escape",
    "recursion limit exceeded",
];

/// Panics when the text has a word that is not this project's or `serde_json`'s.
pub(crate) fn check(error: &Error) {
    let Error::MalformedResponse(text) = error else {
        panic!("{error:?}");
    };
    if text.starts_with("status ") || text.starts_with("the answer has neither") {
        return;
    }
    if let Some(place) = text.strip_prefix("it is not UTF-8 at byte ") {
        assert!(place.parse::<usize>().is_ok(), "{text}");
        return;
    }
    let mut syntax = SYNTAX.iter().chain(&MORE_SYNTAX);
    let place = syntax.find_map(|known| text.strip_prefix(known));
    if let Some(place) = place.and_then(|place| place.strip_prefix(" at line ")) {
        let (line, column) = place.split_once(" column ").expect("a place");
        assert!(line.parse::<usize>().is_ok() && column.parse::<usize>().is_ok());
        return;
    }
    let (path, _) = text
        .split_once("expected a")
        .unwrap_or_else(|| panic!("{text}"));
    for part in path.trim_end_matches(": ").split(['.', '[', ']']) {
        let known = [
            "results",
            "results_metadata",
            "total",
            "next_cursor",
            "request_id",
        ];
        assert!(
            part.bytes().all(|byte| byte.is_ascii_digit())
                || known.contains(&part)
                || names(USER, part),
            "{text}"
        );
    }
}

fn names(shape: Shape, name: &str) -> bool {
    shape.iter().any(|(known, kind)| {
        *known == name
            || match kind {
                Kind::Object(shape) | Kind::Objects(shape) => names(shape, name),
                _ => false,
            }
    })
}
