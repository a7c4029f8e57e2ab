//! Compiles and runs an expression, and reports its errors.

use super::error::JqError;
use super::functions::{self, DEPTH, WITHHELD};
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
    pub(super) fn compile(expression: &'a str) -> Result<Self, JqError> {
        let arena = Arena::default();
        let file = File {
            code: expression,
            path: (),
        };
        let syntax_error = |errors: Errors<'_>| {
            let first = errors.into_iter().next();
            compile_error(expression, first.and_then(|(_, error)| first_error(error)))
        };
        let modules = Loader::new(functions::definitions()).load(&arena, file);
        let modules = modules.map_err(syntax_error)?;
        // Rejects imports, which would otherwise read files when the expression runs.
        import(&modules, |_| Err(String::new())).map_err(syntax_error)?;
        let filter = Compiler::default()
            .with_funs(functions::functions())
            .compile(modules);
        let filter = filter.map_err(|errors| {
            let first = errors.into_iter().next();
            let undefined = first.and_then(|(_, errors)| errors.into_iter().next());
            compile_error(expression, undefined.map(undefined_error))
        })?;
        Ok(Self { expression, filter })
    }

    /// Runs it on one document; an error ends the results.
    pub(super) fn run(
        &self,
        document: &[u8],
    ) -> Result<impl Iterator<Item = Result<Val, JqError>>, JqError> {
        // Parsing and dropping a value both recurse.
        if functions::is_deep(document) {
            return Err(JqError::failed(&format!(
                "the JSON is nested deeper than {DEPTH} levels"
            )));
        }
        let input = read::parse_single(document);
        let input = input.map_err(|error| JqError::failed(&error.to_string()))?;
        let context = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new([]));
        let results = self.filter.id.run((context, input));
        Ok(results.map(|result| {
            result.map_err(|exception| match exception.get_err() {
                Ok(error) => self.redacted(error),
                Err(_) => JqError::failed("the expression ended itself"),
            })
        }))
    }

    /// An error without user data.
    fn redacted(&self, error: jaq_json::Error) -> JqError {
        let message = error.to_string();
        if let Val::TStr(text) = error.into_val()
            && let Some(message) = functions::message_for(&text, self.expression)
        {
            return JqError::new(format!("--jq failed: {message}"));
        }
        JqError::failed(&self.without_values(&message))
    }

    /// Replaces values in a message by their types, except those that the expression
    /// itself contains: errors must not reveal user data.
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
                // Not JSON, so its end is unknown.
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

/// The position and the message of the first error.
fn first_error(error: LoadError<&str>) -> Option<(&str, String)> {
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
            .map(|(path, _)| (path, "an expression cannot read files".to_owned())),
    }
}

fn undefined_error((name, kind): (&str, Undefined)) -> (&str, String) {
    let message = match kind {
        Undefined::Filter(arity) if arity > 0 => format!("there is no filter {name}/{arity}"),
        kind => format!("there is no {} {name}", kind.as_str()),
    };
    (name, message)
}

fn compile_error(expression: &str, error: Option<(&str, String)>) -> JqError {
    let Some((part, message)) = error else {
        return JqError::new("--jq: the expression cannot be parsed".to_owned());
    };
    let before = expression.get(..span(expression, part).start);
    let before = before.unwrap_or(expression);
    let position = before.chars().count() + 1;
    let after = expression.get(before.len()..).unwrap_or_default();
    let error = JqError::new(format!(
        "--jq: {message}, at character {position}: {before}⟨here⟩{after}"
    ));
    let name = part.trim_start_matches('$');
    if name == "ENV" || WITHHELD.contains(&name) || name.starts_with("input") {
        return error.hint("an expression can only read the JSON that would be printed");
    }
    error.hint("for example: --jq '.results[].user_id'; the language is jq's")
}
