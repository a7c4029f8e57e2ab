//! Prints values as JSON.

use super::error::JqError;
use crate::render::{escape, escape_json};
use jaq_json::write::Pp;
use jaq_json::{Num, Val, write};
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::io::{self, Write};

/// Writes a result on its own lines: strings as they are, and everything else as JSON.
pub(super) fn print(value: &Val, terminal: bool, out: &mut Vec<u8>) -> Result<(), JqError> {
    let value = to_json_value(value)
        .ok_or_else(|| JqError::failed("an object has a key that is not a string"))?;
    // Writing to a `Vec` cannot fail.
    let _ = write_line(&value, terminal, out);
    Ok(())
}

fn write_line(value: &Val, terminal: bool, out: &mut Vec<u8>) -> io::Result<()> {
    match value {
        Val::TStr(text) if terminal => {
            let text = String::from_utf8_lossy(text);
            let lines: Vec<_> = text.split('\n').map(escape).collect();
            write!(out, "{}", lines.join("\n"))?;
        }
        Val::TStr(text) => out.extend_from_slice(text),
        value if terminal => {
            let pretty = Pp {
                indent: Some("  ".to_owned()),
                sep_space: true,
                ..Pp::default()
            };
            let mut json = Vec::new();
            write::write(&mut json, &pretty, 0, value)?;
            write!(out, "{}", escape_json(&String::from_utf8_lossy(&json)))?;
        }
        value => write::write(out, &Pp::default(), 0, value)?,
    }
    writeln!(out)
}

/// A value's JSON on one line; `None` if it has a key that is not a string.
pub(super) fn json(value: &Val) -> Option<Vec<u8>> {
    let mut json = Vec::new();
    write::write(&mut json, &Pp::default(), 0, &*to_json_value(value)?).ok()?;
    Some(json)
}

/// Converts what JSON cannot represent as jq does: NaN to null, infinity to the largest
/// number, and invalid UTF-8 to U+FFFD.
fn to_json_value(value: &Val) -> Option<Cow<'_, Val>> {
    if is_json(value) {
        Some(Cow::Borrowed(value))
    } else {
        converted(value).map(Cow::Owned)
    }
}

fn is_json(value: &Val) -> bool {
    match value {
        Val::Null | Val::Bool(_) | Val::Num(Num::Int(_) | Num::BigInt(_)) => true,
        Val::Num(Num::Float(number)) => number.is_finite(),
        // These are the digits as written, which may not be JSON, such as `.5`.
        Val::Num(Num::Dec(digits)) => serde_json::from_str::<IgnoredAny>(digits).is_ok(),
        Val::BStr(_) => false,
        Val::TStr(text) => std::str::from_utf8(text).is_ok(),
        Val::Arr(values) => values.iter().all(is_json),
        Val::Obj(members) => members
            .iter()
            .all(|(key, value)| matches!(key, Val::TStr(_)) && is_json(key) && is_json(value)),
    }
}

fn converted(value: &Val) -> Option<Val> {
    Some(match value {
        Val::Null | Val::Bool(_) | Val::Num(Num::Int(_) | Num::BigInt(_)) => value.clone(),
        Val::Num(Num::Float(number)) if number.is_nan() => Val::Null,
        Val::Num(Num::Float(number)) => Val::from(number.clamp(f64::MIN, f64::MAX)),
        Val::Num(Num::Dec(_)) if is_json(value) => value.clone(),
        Val::Num(Num::Dec(digits)) => converted(&Val::Num(Num::from_dec_str(digits)))?,
        Val::BStr(text) | Val::TStr(text) => {
            Val::utf8_str(String::from_utf8_lossy(text).into_owned().into_bytes())
        }
        Val::Arr(values) => values.iter().map(converted).collect::<Option<_>>()?,
        Val::Obj(members) => {
            let member = |(key, value): (&Val, &Val)| match key {
                Val::TStr(_) => Some((converted(key)?, converted(value)?)),
                _ => None,
            };
            Val::obj(members.iter().map(member).collect::<Option<_>>()?)
        }
    })
}
