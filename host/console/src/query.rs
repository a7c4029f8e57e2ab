//! A search as its address has it: what is asked for, and what is wrong with it.
//!
//! The filters are in the query string, so that a search has an address that works without
//! JavaScript. They may be personal data: the service logs no query strings, pages are not
//! stored, and no other site is told the address that it was linked from.

mod error;

pub(crate) use error::{Invalid, Problem};

use crate::form::{Field, Kind, SearchForm};
use form_urlencoded::Serializer;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use stytch_host::json::search_request_from_json;
use stytch_host::types::SearchRequest;

/// The names of the parameters that are not filters.
pub(crate) const CREDENTIAL: &str = "credential";
pub(crate) const MATCH: &str = "match";
pub(crate) const LIMIT: &str = "limit";
pub(crate) const CURSOR: &str = "cursor";
/// Those of a filter that the contract does not name.
pub(crate) const CUSTOM_NAME: &str = "custom.filter_name";
pub(crate) const CUSTOM_VALUE: &str = "custom.filter_value";
/// The value of [`MATCH`] that joins filters with OR.
pub(crate) const ANY: &str = "any";

/// The ends of a range of times, as parameters and in Stytch's JSON.
pub(crate) const AFTER: &str = ".greater_than";
pub(crate) const BEFORE: &str = ".less_than";

/// The parameters of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

/// A part of a search in words, and the address of the search without it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chip {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) without: String,
}

impl Query {
    /// Reads a query string. Parameters without a value are left out.
    pub(crate) fn read(text: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(text.unwrap_or_default().as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
        Self {
            pairs: pairs.filter(|(_, value)| !value.is_empty()).collect(),
        }
    }

    /// Returns the query string, of which [`Query::read`] makes the same query.
    pub(crate) fn print(&self) -> String {
        let mut text = Serializer::new(String::new());
        for (name, value) in &self.pairs {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// The value of a parameter; of several, the last one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter().rev();
        let (_, value) = pairs.find(|(other, _)| other == name)?;
        Some(value)
    }

    /// All parameters.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same query with another value of a parameter.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut query = self.without(&[name]);
        query.pairs.push((name.to_owned(), value.to_owned()));
        query
    }

    /// The same query without these parameters.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let pairs = self.pairs.iter();
        let kept = pairs.filter(|(name, _)| !names.contains(&name.as_str()));
        Self {
            pairs: kept.cloned().collect(),
        }
    }

    pub(crate) fn is_any(&self) -> bool {
        self.get(MATCH) == Some(ANY)
    }

    /// Whether a field has a value.
    pub(crate) fn has(&self, field: &Field) -> bool {
        let names = parameters(field);
        names.iter().any(|name| self.get(name).is_some())
    }

    /// Returns the request to Stytch.
    pub(crate) fn request(&self, form: &SearchForm) -> Result<SearchRequest, Invalid> {
        let mut invalid = Invalid::default();
        let mut operands = Vec::new();
        for field in &form.fields {
            match self.value(field) {
                Ok(Some(value)) => operands.push((field.name.clone(), value)),
                Ok(None) => {}
                Err(problem) => invalid.push(field.label.clone(), problem),
            }
        }
        match self.custom() {
            Ok(custom) => operands.extend(custom),
            Err(problem) => invalid.push("Custom filter".to_owned(), problem),
        }
        match self.limit(form.largest) {
            Ok(()) => {}
            Err(problem) => invalid.push("Users per page".to_owned(), problem),
        }
        let names: Vec<_> = form.fields.iter().flat_map(parameters).collect();
        for (name, _) in self.pairs() {
            let is_known = names.iter().any(|known| known == name)
                || [CREDENTIAL, MATCH, LIMIT, CURSOR, CUSTOM_NAME, CUSTOM_VALUE].contains(&name);
            if !is_known {
                invalid.push("Address".to_owned(), Problem::unknown(name));
            }
        }
        if !invalid.is_empty() {
            return Err(invalid);
        }
        // The library reads it, as it reads that of a program: one place knows the types.
        let text = self.json(&operands);
        search_request_from_json(&text).map_err(|error| {
            invalid.push("Search".to_owned(), Problem::of_request(&error));
            invalid
        })
    }

    /// The request in Stytch's JSON.
    fn json(&self, operands: &[(String, Box<RawValue>)]) -> String {
        // Values are put in as they are: a number of the user is not rounded.
        let operands = operands.iter().map(|(name, value)| {
            let name = Value::from(name.as_str());
            format!(r#"{{"filter_name":{name},"filter_value":{value}}}"#)
        });
        let operands: Vec<_> = operands.collect();
        let mut members = Vec::new();
        if !operands.is_empty() {
            let operator = if self.is_any() { "OR" } else { "AND" };
            let operands = operands.join(",");
            members.push(format!(
                r#""query":{{"operator":"{operator}","operands":[{operands}]}}"#
            ));
        }
        if let Some(limit) = self.get(LIMIT) {
            members.push(format!(r#""limit":{limit}"#));
        }
        if let Some(cursor) = self.get(CURSOR) {
            members.push(format!(r#""cursor":{}"#, Value::from(cursor)));
        }
        format!("{{{}}}", members.join(","))
    }

    /// The value of a filter in Stytch's JSON; `None` if there is none.
    fn value(&self, field: &Field) -> Result<Option<Box<RawValue>>, Problem> {
        let name = field.name.as_str();
        let value = match (field.kind, self.get(name)) {
            (Kind::Range, _) => match self.range(name)? {
                Some(range) => range,
                None => return Ok(None),
            },
            (_, None) => return Ok(None),
            (Kind::Text, Some(text)) => json!(text),
            (Kind::List, Some(text)) => json!(items(text).collect::<Vec<_>>()),
            (Kind::Flag, Some("true")) => json!(true),
            (Kind::Flag, Some("false")) => json!(false),
            (Kind::Flag, Some(_)) => return Err(Problem::new(name, "choose yes or no")),
            (Kind::Time, Some(text)) => json!(time(name, text)?),
        };
        let raw = serde_json::value::to_raw_value(&value);
        raw.map(Some)
            .map_err(|error| Problem::new(name, error.to_string()))
    }

    fn range(&self, name: &str) -> Result<Option<Value>, Problem> {
        let (after, before) = (format!("{name}{AFTER}"), format!("{name}{BEFORE}"));
        match (self.get(&after), self.get(&before)) {
            (None, None) => Ok(None),
            (Some(first), Some(last)) => Ok(Some(json!({
                "greater_than": time(&after, first)?,
                "less_than": time(&before, last)?,
            }))),
            (Some(_), None) => Err(Problem::new(
                &before,
                "enter the end, too; or use “Created after”",
            )),
            (None, Some(_)) => Err(Problem::new(
                &after,
                "enter the start, too; or use “Created before”",
            )),
        }
    }

    fn custom(&self) -> Result<Option<(String, Box<RawValue>)>, Problem> {
        match (self.get(CUSTOM_NAME), self.get(CUSTOM_VALUE)) {
            (None, None) => Ok(None),
            (Some(name), Some(value)) => match serde_json::from_str(value) {
                Ok(value) => Ok(Some((name.to_owned(), value))),
                Err(_) => Err(Problem::new(
                    CUSTOM_VALUE,
                    "this is not JSON: put text in quotation marks, as in \"active\" or [\"a\", \"b\"]",
                )),
            },
            (Some(_), None) => Err(Problem::new(CUSTOM_VALUE, "enter the value, as JSON")),
            (None, Some(_)) => Err(Problem::new(CUSTOM_NAME, "enter the name of the filter")),
        }
    }

    fn limit(&self, largest: u64) -> Result<(), Problem> {
        let Some(text) = self.get(LIMIT) else {
            return Ok(());
        };
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u64>() {
            Ok(limit) if is_number && (1..=largest).contains(&limit) => Ok(()),
            _ => Err(Problem::new(
                LIMIT,
                format!("enter a number from 1 to {largest}"),
            )),
        }
    }

    /// The filters in words.
    pub(crate) fn chips(&self, form: &SearchForm) -> Vec<Chip> {
        let mut chips = Vec::new();
        let mut chip = |label: &str, value: String, names: &[&str]| {
            let names = [names, &[CURSOR]].concat();
            chips.push(Chip {
                label: label.to_owned(),
                value,
                without: self.without(&names).print(),
            });
        };
        for field in form.fields.iter().filter(|field| self.has(field)) {
            let names = parameters(field);
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let values: Vec<_> = names.iter().filter_map(|name| self.get(name)).collect();
            let value = match (field.kind, values.as_slice()) {
                (Kind::Flag, ["true"]) => "yes".to_owned(),
                (Kind::Flag, ["false"]) => "no".to_owned(),
                (Kind::List, [text]) => items(text).collect::<Vec<_>>().join(" or "),
                _ => values.join(" and "),
            };
            chip(&field.label, value, &names);
        }
        if let Some(name) = self.get(CUSTOM_NAME) {
            let value = self.get(CUSTOM_VALUE).unwrap_or_default();
            chip(name, value.to_owned(), &[CUSTOM_NAME, CUSTOM_VALUE]);
        }
        chips
    }
}

/// The parameters of a filter.
fn parameters(field: &Field) -> Vec<String> {
    let name = &field.name;
    match field.kind {
        Kind::Range => vec![format!("{name}{AFTER}"), format!("{name}{BEFORE}")],
        Kind::Text | Kind::List | Kind::Flag | Kind::Time => vec![name.clone()],
    }
}

/// The items of a list, with commas or lines between them.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let items = text.split([',', '\n']).map(str::trim);
    items.filter(|item| !item.is_empty())
}

/// A time as RFC 3339; a day is its start in UTC.
fn time(name: &str, text: &str) -> Result<String, Problem> {
    if text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10 {
        return Ok(format!("{text}T00:00:00Z"));
    }
    if text.parse::<jiff::Timestamp>().is_ok() {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        name,
        "enter a day such as 2026-01-31, or a time such as 2026-01-31T18:30:00Z",
    ))
}

#[cfg(test)]
mod tests;
