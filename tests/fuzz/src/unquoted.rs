//! Why an answer was refused, told without quoting it: it may be somebody's data.

use crate::bindings::exports::stytch::users::types::Error;
use crate::plain::{Kind, Shape, USER};

/// What is said of a text that is no JSON; none of it is the text's.
const SYNTAX: [&str; 11] = [
    "it is not UTF-8",
    "it is nested too deeply",
    "it has a malformed number",
    "it has a malformed string",
    "it ends within a string",
    "a value was expected",
    "a value or the end of an array or object was expected",
    "a comma or the end of an array or object was expected",
    "the name of a member was expected",
    "a colon was expected",
    "the end of the document was expected",
];

/// Panics when the text has a word that is not this project's.
pub(crate) fn check(error: &Error) {
    let Error::MalformedResponse(text) = error else {
        panic!("{error:?}");
    };
    if text.starts_with("status ") || text.contains("; the base URL may lead elsewhere") {
        return;
    }
    let place = SYNTAX.iter().find_map(|known| text.strip_prefix(known));
    if let Some(place) = place.and_then(|place| place.strip_prefix(" at byte ")) {
        assert!(place.parse::<usize>().is_ok(), "{text}");
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
