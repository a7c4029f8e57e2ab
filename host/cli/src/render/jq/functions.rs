//! The functions and definitions that an expression can use.

use super::print;
use jaq_core::data::JustLut;
use jaq_core::load::parse::Def;
use jaq_core::native::{Filter, Fun, bome, run, v};
use jaq_core::{Error, RunPtr};
use jaq_json::{Val, read};
use serde::de::IgnoredAny;
use std::cell::RefCell;

/// Functions that an expression cannot use: they read the environment, end the program,
/// or write to standard error.
pub(super) const WITHHELD: [&str; 7] = [
    "env",
    "halt",
    "halt_error",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
];

/// The deepest nesting of JSON that is read, since each level takes stack. Real data is
/// not nested this deeply.
pub(super) const DEPTH: usize = 1000;

/// Functions that are redefined here; and `tobytes`, which jq does not have, and whose
/// results JSON cannot represent.
const REPLACED: [&str; 6] = [
    "fromjson", "tojson", "tonumber", "tostring", "@text", "tobytes",
];

/// Functions whose errors only say that some regular expression is invalid, so they are
/// wrapped by [`BASICS`].
const REGEX: [(&str, &str); 3] = [
    ("matches", "_matches"),
    ("split_matches", "_split_matches"),
    ("split_", "_split"),
];

/// Definitions that those of jaq use.
const BASICS: &str = r#"
def tostring: _text;
def _regex(f; $re): . as $in | try f catch
  if startswith("invalid regex") then _invalid_regex($re) else $in | f end;
def       matches($re; $flags): ($flags // "") as $f | _regex(_matches($re; $f); $re);
def split_matches($re; $flags): ($flags // "") as $f | _regex(_split_matches($re; $f); $re);
def        split_($re; $flags): ($flags // "") as $f | _regex(_split($re; $f); $re);
"#;

/// jq's definitions that jaq does not have.
const DEFINITIONS: &str = r#"
def @text: tostring;
def tonumber: if isnumber then . else
  (try fromjson catch null) | if isnumber then . else _fail("the input of tonumber is not a number") end end;
def _row($kind; text): if isarray then . else _fail("a row of \($kind) must be an array") end
  | map(if . == null then "" elif isstring then text
        elif isarray or isobject then _fail("a row of \($kind) cannot contain an array or an object")
        else tostring end);
def @csv: _row("CSV"; "\"" + (split("\"") | join("\"\"")) + "\"") | join(",");
def @tsv: _row("TSV"; split("\\") | join("\\\\") | split("\t") | join("\\t")
  | split("\n") | join("\\n") | split("\r") | join("\\r")) | join("\t");
def from_entries: reduce .[] as $x ({}; . + {
  ($x | .key // .k // .name // .Name // .Key // .K | tostring):
  ($x | if has("value") then .value elif has("v") then .v else .Value end)});
def toarray: if isarray then . else [.] end;
def trimstr($text): ltrimstr($text) | rtrimstr($text);
def leaf_paths: paths(scalars);
def IN(values): . as $value | any(values; . == $value);
def IN(source; values): any(source == values; .);
def INDEX(source; key): reduce source as $x ({}; . + {($x | key | tostring): $x});
def INDEX(key): INDEX(.[]; key);
def date: todate;
"#;

fn parsed(text: &'static str) -> Vec<Def<&'static str>> {
    // A test checks that all of them parse.
    jaq_core::load::parse(text, |parser| parser.defs()).unwrap_or_default()
}

pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    let is_kept = |definition: &Def<&'static str>| {
        !WITHHELD.contains(&definition.name) && !REPLACED.contains(&definition.name)
    };
    let jaq = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(is_kept);
    parsed(BASICS)
        .into_iter()
        .chain(jaq)
        .chain(parsed(DEFINITIONS))
}

pub(super) fn functions() -> impl Iterator<Item = Fun<JustLut<Val>>> {
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, ..)| !WITHHELD.contains(name) && !REPLACED.contains(name))
        .map(|(name, arguments, function)| {
            let hidden = REGEX.iter().find(|(known, _)| *known == name);
            (
                hidden.map_or(name, |(_, hidden)| *hidden),
                arguments,
                function,
            )
        })
        .chain(own().map(run::<JustLut<Val>>))
}

fn own() -> [Filter<RunPtr<JustLut<Val>>>; 5] {
    [
        ("fromjson", v(0), |cv| bome(from_json(&cv.1))),
        ("tojson", v(0), |cv| bome(to_json(&cv.1))),
        ("_text", v(0), |cv| {
            bome(match cv.1 {
                Val::TStr(text) => Ok(Val::TStr(text)),
                value => to_json(&value),
            })
        }),
        ("_fail", v(1), |mut cv| {
            bome(Err(error(Message {
                text: text(&cv.0.pop_var()),
                ..Message::default()
            })))
        }),
        ("_invalid_regex", v(1), |mut cv| {
            let regex = cv.0.pop_var();
            bome(Err(invalid_regex(&regex, &cv.1)))
        }),
    ]
}

fn to_json(value: &Val) -> Result<Val, Error<Val>> {
    match print::json(value) {
        Some(json) => Ok(Val::utf8_str(json)),
        None => Err(Error::str("an object has a key that is not a string")),
    }
}

/// Parses one value, like jq, but only standard JSON: jaq would also accept and then
/// print its own extensions.
fn from_json(value: &Val) -> Result<Val, Error<Val>> {
    let Val::TStr(text) = value else {
        return Err(Error::typ(value.clone(), "string"));
    };
    let invalid = |reason: &dyn std::fmt::Display| {
        error(Message {
            text: format!("{value} cannot be parsed as JSON: {reason}"),
            quoted: String::from_utf8_lossy(text).into_owned(),
            redacted: format!("the input of fromjson is not JSON: {reason}"),
        })
    };
    if is_deep(text) {
        return Err(error(Message {
            text: format!("the input of fromjson is nested deeper than {DEPTH} levels"),
            ..Message::default()
        }));
    }
    serde_json::from_slice::<IgnoredAny>(text).map_err(|error| invalid(&error))?;
    read::parse_single(text).map_err(|error| invalid(&error))
}

fn text(value: &Val) -> String {
    match value {
        Val::TStr(text) => String::from_utf8_lossy(text).into_owned(),
        value => value.to_string(),
    }
}

fn invalid_regex(regex: &Val, problem: &Val) -> Error<Val> {
    let (regex, problem) = (text(regex), text(problem));
    let problem = problem.strip_prefix("invalid regex").unwrap_or_default();
    let (text, redacted) = match problem.strip_prefix(" flag: ") {
        Some(flag) => (
            format!("{flag} is not a flag of a regular expression"),
            "a regular expression has an unknown flag".to_owned(),
        ),
        None => (
            format!("the regular expression {regex:?} is invalid{problem}"),
            format!("a regular expression is invalid{problem}"),
        ),
    };
    error(Message {
        text,
        quoted: regex,
        redacted,
    })
}

/// An error message of a function in this module, which may quote a value.
#[derive(Debug, Default)]
struct Message {
    text: String,
    /// The quoted value. If it is not part of the expression, it is user data, which must
    /// not be shown.
    quoted: String,
    /// The message without the value.
    redacted: String,
}

impl Message {
    /// The message, redacted unless the expression itself contains the quoted value.
    fn for_expression(&self, expression: &str) -> String {
        let json = serde_json::to_string(&self.quoted).unwrap_or_default();
        if expression.contains(&self.quoted) || expression.contains(json.trim_matches('"')) {
            self.text.clone()
        } else {
            self.redacted.clone()
        }
    }
}

thread_local! {
    static LAST_MESSAGE: RefCell<Message> = RefCell::default();
}

fn error(message: Message) -> Error<Val> {
    let error = Error::str(&message.text);
    LAST_MESSAGE.set(message);
    error
}

/// The text to show for an error, if it is the last one that this module returned.
pub(super) fn message_for(text: &[u8], expression: &str) -> Option<String> {
    LAST_MESSAGE.with_borrow(|message| {
        (message.text.as_bytes() == text).then(|| message.for_expression(expression))
    })
}

/// Whether this JSON is nested deeper than [`DEPTH`].
pub(super) fn is_deep(json: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_definitions_parse() {
        assert_eq!(parsed(BASICS).len(), 5);
        assert_eq!(parsed(DEFINITIONS).len(), 14);
    }
}
