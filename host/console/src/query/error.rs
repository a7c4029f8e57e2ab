//! What is wrong with the fields of a search.

use stytch_host::json::RequestError;

/// A field, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The name of the parameter.
    pub(crate) name: String,
    pub(crate) advice: String,
}

impl Problem {
    pub(crate) fn new(name: &str, advice: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            advice: advice.into(),
        }
    }

    /// A parameter that no field has.
    pub(crate) fn unknown(name: &str) -> Self {
        Self::new(name, format!("there is no filter {name:?}; remove it"))
    }

    /// The library refused what the fields said.
    pub(crate) fn of_request(error: &RequestError) -> Self {
        Self::new("", error.to_string())
    }
}

/// The fields that are wrong, by their labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Invalid(Vec<(String, Problem)>);

impl Invalid {
    pub(crate) fn push(&mut self, label: String, problem: Problem) {
        self.0.push((label, problem));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, Problem)> {
        self.0.iter()
    }

    /// What is wrong with the field of this name.
    pub(crate) fn of(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(_, problem)| problem.name == name);
        found.map(|(_, problem)| problem.advice.as_str())
    }
}
