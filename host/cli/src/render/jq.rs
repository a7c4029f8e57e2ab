//! `--jq`: an expression over the JSON that would be printed.

use super::{Settings, escape, escape_json, surrogates};
use crate::failure::Usage;
use jaq_core::compile::Undefined;
use jaq_core::data::JustLut;
use jaq_core::load::{Arena, Error as LoadError, File, Loader, import, span};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use jaq_json::write::Pp;
use jaq_json::{Val, read, write};
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Once;

/// What an expression is not given: the environment has the credential in it,
/// and the rest would end this program or write past its output.
const WITHHELD: [&str; 7] = [
    "env",
    "halt",
    "halt_error",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
];

/// JSON that is nested deeper is not read: it would exhaust the stack.
const DEPTH: usize = 1000;

pub(crate) struct Jq {
    expression: String,
    filter: Filter<JustLut<Val>>,
    /// Says once that text was changed for it.
    note: Once,
}

impl Jq {
    pub(super) fn compile(expression: &str) -> Result<Self, Usage> {
        let given = |name: &str| !WITHHELD.contains(&name);
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .filter(|definition| given(definition.name));
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs())
            .filter(|(name, ..)| given(name));
        let arena = Arena::default();
        let file = File {
            code: expression,
            path: (),
        };
        let misread = |errors: Errors<'_>| {
            let first = errors.into_iter().next();
            wrong(expression, first.and_then(|(_, error)| mistake(error)))
        };
        let modules = Loader::new(definitions).load(&arena, file);
        let modules = modules.map_err(misread)?;
        // Else an imported file is looked for when the expression runs.
        import(&modules, |_| Err(String::new())).map_err(misread)?;
        let filter = Compiler::default().with_funs(functions).compile(modules);
        let filter = filter.map_err(|errors| {
            let first = errors.into_iter().next();
            let undefined = first.and_then(|(_, errors)| errors.into_iter().next());
            wrong(expression, undefined.map(missing))
        })?;
        Ok(Self {
            expression: expression.to_owned(),
            filter,
            note: Once::new(),
        })
    }

    /// Writes each result on lines of its own: strings as they are, and all else
    /// as JSON.
    pub(super) fn run(
        &self,
        json: &[u8],
        settings: &Settings,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        // JSON that is read is let go of by recursion, too.
        if is_deep(json) {
            return Err(failed("the JSON is nested too deep").into());
        }
        let json = surrogates::mend(json);
        if matches!(json, Cow::Owned(_)) && !settings.quiet {
            self.note.call_once(|| {
                // Nobody is left to be told when standard error is gone.
                let _ = writeln!(
                    io::stderr(),
                    "note: text with half of a surrogate pair in it, which stands for no character: --jq sees U+FFFD in its place"
                );
            });
        }
        let input = read::parse_single(&json).map_err(|error| failed(&error.to_string()))?;
        let context = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new([]));
        for result in self.filter.id.run((context, input)) {
            match result {
                Ok(value) => print(&value, settings, out)?,
                Err(exception) => {
                    let message = match exception.get_err() {
                        Ok(error) => self.without_values(&error.to_string()),
                        Err(_) => "it ended itself".to_owned(),
                    };
                    return Err(failed(&message).into());
                }
            }
        }
        Ok(())
    }

    /// A message in which values have become their types, save those that the
    /// expression itself names: errors tell nothing of users.
    fn without_values(&self, message: &str) -> String {
        let mut text = String::new();
        let mut rest = message;
        while let Some(start) = rest.find(['"', '[', '{']) {
            let (before, value) = rest.split_at(start);
            text.push_str(before);
            let mut values =
                serde_json::Deserializer::from_str(value).into_iter::<serde_json::Value>();
            let parsed = values.next();
            let length = values.byte_offset();
            let (shown, length) = match parsed {
                Some(Ok(serde_json::Value::String(s))) if self.expression.contains(&s) => {
                    (value.get(..length).unwrap_or_default(), length)
                }
                Some(Ok(serde_json::Value::String(_))) => ("a string", length),
                Some(Ok(serde_json::Value::Array(_))) => ("an array", length),
                Some(Ok(_)) => ("an object", length),
                // Not JSON after all, so that its end is unknown.
                _ => ("a value", value.len()),
            };
            text.push_str(shown);
            rest = value.get(length..).unwrap_or_default();
        }
        text.push_str(rest);
        text
    }
}

fn failed(message: &str) -> Usage {
    Usage::new(format!("--jq failed: {message}")).hint(
        "part of the JSON has another form than the expression expects; for example, .a? \
             leaves out what has no .a, and .a // \"\" puts something in its place",
    )
}

fn print(value: &Val, settings: &Settings, out: &mut impl Write) -> io::Result<()> {
    match value {
        Val::TStr(text) if settings.terminal => {
            let text = String::from_utf8_lossy(text);
            let lines: Vec<_> = text.split('\n').map(escape).collect();
            writeln!(out, "{}", lines.join("\n"))
        }
        Val::TStr(text) => {
            out.write_all(text)?;
            writeln!(out)
        }
        value if settings.terminal => {
            let pretty = Pp {
                indent: Some("  ".to_owned()),
                sep_space: true,
                ..Pp::default()
            };
            let mut json = Vec::new();
            write::write(&mut json, &pretty, 0, value)?;
            writeln!(out, "{}", escape_json(&String::from_utf8_lossy(&json)))
        }
        value => {
            write::write(out, &Pp::default(), 0, value)?;
            writeln!(out)
        }
    }
}

type Errors<'a> = jaq_core::load::Errors<&'a str, ()>;

/// The place of the first mistake, and what it is.
fn mistake(error: LoadError<&str>) -> Option<(&str, String)> {
    match error {
        LoadError::Lex(errors) => errors
            .into_iter()
            .next()
            .map(|(expected, found)| (found, format!("expected {}", expected.as_str()))),
        LoadError::Parse(errors) => errors
            .into_iter()
            .next()
            .map(|(expected, found)| (found, format!("expected {}", expected.as_str()))),
        LoadError::Io(errors) => errors
            .into_iter()
            .next()
            .map(|(path, _)| (path, "an expression reads no files".to_owned())),
    }
}

fn missing((name, kind): (&str, Undefined)) -> (&str, String) {
    let what = match kind {
        Undefined::Filter(arity) if arity > 0 => format!("there is no filter {name}/{arity}"),
        kind => format!("there is no {} {name}", kind.as_str()),
    };
    (name, what)
}

fn wrong(expression: &str, mistake: Option<(&str, String)>) -> Usage {
    let Some((part, what)) = mistake else {
        return Usage::new("--jq: the expression cannot be read");
    };
    let before = expression.get(..span(expression, part).start);
    let before = before.unwrap_or(expression);
    let place = before.chars().count() + 1;
    let after = expression.get(before.len()..).unwrap_or_default();
    let usage = Usage::new(format!(
        "--jq: {what}, at character {place}: {before}⟨here⟩{after}"
    ));
    let name = part.trim_start_matches('$');
    if name == "ENV" || WITHHELD.contains(&name) || name.starts_with("input") {
        return usage.hint(
            "an expression sees the JSON that would be printed, and nothing else of this machine",
        );
    }
    usage.hint("for example: --jq '.results[].user_id'; the language is jq's")
}

/// Whether lists and objects are nested deeper than can be read.
fn is_deep(json: &[u8]) -> bool {
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
