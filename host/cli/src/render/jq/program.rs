//! An expression: read, run, and what is wrong with it.

use super::functions::{self, DEPTH, WITHHELD};
use super::mistake::Mistake;
use jaq_core::compile::Undefined;
use jaq_core::data::JustLut;
use jaq_core::load::{Arena, Error as LoadError, File, Loader, import, span};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use jaq_json::{Val, read};

pub(super) struct Program<'a> {
    expression: &'a str,
    filter: Filter<JustLut<Val>>,
}

impl<'a> Program<'a> {
    pub(super) fn compile(expression: &'a str) -> Result<Self, Mistake> {
        let arena = Arena::default();
        let file = File {
            code: expression,
            path: (),
        };
        let misread = |errors: Errors<'_>| {
            let first = errors.into_iter().next();
            wrong(expression, first.and_then(|(_, error)| mistake(error)))
        };
        let modules = Loader::new(functions::definitions()).load(&arena, file);
        let modules = modules.map_err(misread)?;
        // Else an imported file is looked for when the expression runs.
        import(&modules, |_| Err(String::new())).map_err(misread)?;
        let filter = Compiler::default()
            .with_funs(functions::functions())
            .compile(modules);
        let filter = filter.map_err(|errors| {
            let first = errors.into_iter().next();
            let undefined = first.and_then(|(_, errors)| errors.into_iter().next());
            wrong(expression, undefined.map(missing))
        })?;
        Ok(Self { expression, filter })
    }

    /// Runs it over one document; what fails is the last of its results.
    pub(super) fn run(
        &self,
        document: &[u8],
    ) -> Result<impl Iterator<Item = Result<Val, Mistake>>, Mistake> {
        // JSON that is read is let go of by recursion, too.
        if functions::is_deep(document) {
            return Err(Mistake::failed(&format!(
                "the JSON is nested deeper than {DEPTH} levels"
            )));
        }
        let input = read::parse_single(document);
        let input = input.map_err(|error| Mistake::failed(&error.to_string()))?;
        let context = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new([]));
        let results = self.filter.id.run((context, input));
        Ok(results.map(|result| {
            result.map_err(|exception| match exception.get_err() {
                Ok(error) => self.told(error),
                Err(_) => Mistake::failed("it ended itself"),
            })
        }))
    }

    /// What an error says, without values of users.
    fn told(&self, error: jaq_json::Error) -> Mistake {
        let message = error.to_string();
        if let Val::TStr(text) = error.into_val()
            && let Some(said) = functions::said(&text, self.expression)
        {
            return Mistake::new(format!("--jq failed: {said}"));
        }
        Mistake::failed(&self.without_values(&message))
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

fn wrong(expression: &str, mistake: Option<(&str, String)>) -> Mistake {
    let Some((part, what)) = mistake else {
        return Mistake::new("--jq: the expression cannot be read".to_owned());
    };
    let before = expression.get(..span(expression, part).start);
    let before = before.unwrap_or(expression);
    let place = before.chars().count() + 1;
    let after = expression.get(before.len()..).unwrap_or_default();
    let mistake = Mistake::new(format!(
        "--jq: {what}, at character {place}: {before}⟨here⟩{after}"
    ));
    let name = part.trim_start_matches('$');
    if name == "ENV" || WITHHELD.contains(&name) || name.starts_with("input") {
        return mistake.hint(
            "an expression sees the JSON that would be printed, and nothing else of this machine",
        );
    }
    mistake.hint("for example: --jq '.results[].user_id'; the language is jq's")
}
