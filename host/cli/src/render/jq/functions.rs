//! The functions and definitions that an expression has.

use super::print;
use jaq_core::data::JustLut;
use jaq_core::load::parse::Def;
use jaq_core::native::{Filter, Fun, bome, run, v};
use jaq_core::{Error, RunPtr};
use jaq_json::{Val, read};
use serde::de::IgnoredAny;
use std::cell::RefCell;

/// What an expression is not given: the environment, the end of this program and
/// what writes past its output are not for it.
pub(super) const WITHHELD: [&str; 7] = [
    "env",
    "halt",
    "halt_error",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
];

/// JSON that is nested deeper is not read: nobody's is, and each level takes stack.
pub(super) const DEPTH: usize = 1000;

/// What is here in another form; and `tobytes`, which jq has not, and which makes
/// what JSON has not.
const REPLACED: [&str; 6] = [
    "fromjson", "tojson", "tonumber", "tostring", "@text", "tobytes",
];

/// These say only that some regular expression is wrong, so they are called by
/// [`DEFINITIONS`] alone.
const REGEX: [(&str, &str); 3] = [
    ("matches", "_matches"),
    ("split_matches", "_split_matches"),
    ("split_", "_split"),
];

/// What those of jaq build on.
const BASICS: &str = r#"
def tostring: _text;
def _regex(f; $re): . as $in | try f catch
  if startswith("invalid regex") then _wrong_regex($re) else $in | f end;
def       matches($re; $flags): ($flags // "") as $f | _regex(_matches($re; $f); $re);
def split_matches($re; $flags): ($flags // "") as $f | _regex(_split_matches($re; $f); $re);
def        split_($re; $flags): ($flags // "") as $f | _regex(_split($re; $f); $re);
"#;

/// What jq has and jaq has not.
const DEFINITIONS: &str = r#"
def @text: tostring;
def tonumber: if isnumber then . else
  (try fromjson catch null) | if isnumber then . else _fail("tonumber was given what is not a number") end end;
def _row($kind; text): if isarray then . else _fail("a row of \($kind) is made of an array") end
  | map(if . == null then "" elif isstring then text
        elif isarray or isobject then _fail("in a row of \($kind) there is no array and no object")
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
    // A test reads them all.
    jaq_core::load::parse(text, |parser| parser.defs()).unwrap_or_default()
}

pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    let given = |definition: &Def<&'static str>| {
        !WITHHELD.contains(&definition.name) && !REPLACED.contains(&definition.name)
    };
    let jaq = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(given);
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
            bome(Err(say(Said {
                text: text(&cv.0.pop_var()),
                ..Said::default()
            })))
        }),
        ("_wrong_regex", v(1), |mut cv| {
            let regex = cv.0.pop_var();
            bome(Err(wrong_regex(&regex, &cv.1)))
        }),
    ]
}

fn to_json(value: &Val) -> Result<Val, Error<Val>> {
    match print::json(value) {
        Some(json) => Ok(Val::utf8_str(json)),
        None => Err(Error::str("an object has a key that is not a string")),
    }
}

/// One value, like jq, and of JSON as it is defined: what jaq reads beyond it, it
/// would print, too.
fn from_json(value: &Val) -> Result<Val, Error<Val>> {
    let Val::TStr(text) = value else {
        return Err(Error::typ(value.clone(), "string"));
    };
    let unfit = |reason: &dyn std::fmt::Display| {
        say(Said {
            text: format!("{value} cannot be parsed as JSON: {reason}"),
            about: String::from_utf8_lossy(text).into_owned(),
            otherwise: format!("fromjson has a text that is not JSON: {reason}"),
        })
    };
    if is_deep(text) {
        return Err(say(Said {
            text: format!("fromjson reads no JSON that is nested deeper than {DEPTH} levels"),
            ..Said::default()
        }));
    }
    serde_json::from_slice::<IgnoredAny>(text).map_err(|error| unfit(&error))?;
    read::parse_single(text).map_err(|error| unfit(&error))
}

fn text(value: &Val) -> String {
    match value {
        Val::TStr(text) => String::from_utf8_lossy(text).into_owned(),
        value => value.to_string(),
    }
}

fn wrong_regex(regex: &Val, problem: &Val) -> Error<Val> {
    let (regex, problem) = (text(regex), text(problem));
    let problem = problem.strip_prefix("invalid regex").unwrap_or_default();
    let (text, otherwise) = match problem.strip_prefix(" flag: ") {
        Some(flag) => (
            format!("{flag} is no flag of a regular expression"),
            "a regular expression has a flag that there is none of".to_owned(),
        ),
        None => (
            format!("the regular expression {regex:?} is wrong{problem}"),
            format!("a regular expression is wrong{problem}"),
        ),
    };
    say(Said {
        text,
        about: regex,
        otherwise,
    })
}

/// A message of a function here. Those of others may have values in them, and this
/// one may have the text that it is about.
#[derive(Debug, Default)]
struct Said {
    text: String,
    /// What must not be shown where the expression has not got it.
    about: String,
    otherwise: String,
}

impl Said {
    /// The message for whoever wrote the expression.
    fn to(&self, expression: &str) -> String {
        let written = serde_json::to_string(&self.about).unwrap_or_default();
        if expression.contains(&self.about) || expression.contains(written.trim_matches('"')) {
            self.text.clone()
        } else {
            self.otherwise.clone()
        }
    }
}

thread_local! {
    static SAID: RefCell<Said> = RefCell::default();
}

fn say(said: Said) -> Error<Val> {
    let error = Error::str(&said.text);
    SAID.set(said);
    error
}

/// What to show of an error's message, if it is the last one that was said here.
pub(super) fn said(message: &[u8], expression: &str) -> Option<String> {
    SAID.with_borrow(|said| (said.text.as_bytes() == message).then(|| said.to(expression)))
}

/// Whether lists and objects in this JSON are nested deeper than is read.
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
    fn all_definitions_can_be_read() {
        assert_eq!(parsed(BASICS).len(), 5);
        assert_eq!(parsed(DEFINITIONS).len(), 14);
    }
}
