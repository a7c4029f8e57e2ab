//! The form of a search.

use super::super::parts;
use crate::form::{Field, Group, Kind, SearchForm};
use crate::query::{AFTER, ANY, BEFORE, CUSTOM_NAME, CUSTOM_VALUE, Invalid, LIMIT, MATCH, Query};
use crate::routes::Choice;
use maud::{Markup, html};

/// The groups that are open at first: what is searched for most.
const OPEN: [Group; 2] = [Group::Person, Group::Email];

pub(super) fn fields(
    form: &SearchForm,
    choice: &Choice,
    query: &Query,
    invalid: Option<&Invalid>,
) -> Markup {
    let inputs = Inputs { query, invalid };
    html! {
        form .panel method="get" action=(crate::SEARCH) data-busy="Searching…" data-sparse="" {
            (parts::credentials(choice))
            fieldset .choices {
                legend { "Users match" }
                label { input type="radio" name=(MATCH) value="all" checked[!query.is_any()]; " all filters" }
                label { input type="radio" name=(MATCH) value=(ANY) checked[query.is_any()]; " any filter" }
            }
            @for group in Group::ALL {
                @let fields: Vec<_> = form.fields.iter().filter(|field| field.group == group).collect();
                @if !fields.is_empty() {
                    @let is_used = fields.iter().any(|field| query.has(field));
                    details .group open[is_used || OPEN.contains(&group)] {
                        summary { (group.title()) }
                        @for field in fields { (inputs.field(field)) }
                    }
                }
            }
            details .group open[query.get(CUSTOM_NAME).is_some() || query.get(CUSTOM_VALUE).is_some()] {
                summary { "Custom filter" }
                p .hint { "One of Stytch's filters that is not listed here." }
                (inputs.text(CUSTOM_NAME, "Name of the filter", "", "phone_number_fuzzy"))
                (inputs.text(CUSTOM_VALUE, "Value, as JSON", "", "\"5550104\""))
            }
            div .field.short {
                label for=(LIMIT) { "Users per page" }
                input #(LIMIT) name=(LIMIT) value=[query.get(LIMIT)] inputmode="numeric" autocomplete="off"
                    placeholder="100" aria-invalid=[inputs.is_invalid(LIMIT)]
                    aria-describedby=[inputs.described(LIMIT, "")];
                (inputs.advice(LIMIT))
            }
            button .primary { "Search" }
        }
    }
}

/// Inputs with the values of a query.
struct Inputs<'a> {
    query: &'a Query,
    invalid: Option<&'a Invalid>,
}

impl Inputs<'_> {
    fn field(&self, field: &Field) -> Markup {
        let Field {
            name,
            label,
            description,
            ..
        } = field;
        match field.kind {
            Kind::Text => html! {
                (self.text_with(name, label, description, "", !field.examples.is_empty()))
                @if !field.examples.is_empty() {
                    datalist id={ (name) "-examples" } {
                        @for example in &field.examples { option value=(example) {} }
                    }
                }
            },
            Kind::List => {
                let hint = format!("{description} Separate several with commas.");
                self.text(name, label, &hint, "")
            }
            Kind::Time => self.text(name, label, description, "2026-01-31"),
            Kind::Flag => self.flag(name, label, description),
            Kind::Range => html! {
                fieldset .range {
                    legend { (label) }
                    (self.text(&format!("{name}{AFTER}"), "Start", "", "2026-01-01"))
                    (self.text(&format!("{name}{BEFORE}"), "End", "", "2026-02-01"))
                }
            },
        }
    }

    fn text(&self, name: &str, label: &str, hint: &str, placeholder: &str) -> Markup {
        self.text_with(name, label, hint, placeholder, false)
    }

    /// A field that may have a list of examples.
    fn text_with(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        placeholder: &str,
        has_examples: bool,
    ) -> Markup {
        let placeholder = Some(placeholder).filter(|text| !text.is_empty());
        let list = has_examples.then(|| format!("{name}-examples"));
        html! {
            div .field {
                label for=(name) { (label) }
                input id=(name) name=(name) value=[self.query.get(name)] autocomplete="off"
                    spellcheck="false" autocapitalize="off" placeholder=[placeholder] list=[list]
                    aria-invalid=[self.is_invalid(name)] aria-describedby=[self.described(name, hint)];
                (self.advice(name))
                @if !hint.is_empty() { p .hint id={ (name) "-hint" } { (parts::text(hint)) } }
            }
        }
    }

    fn flag(&self, name: &str, label: &str, hint: &str) -> Markup {
        let value = self.query.get(name);
        html! {
            div .field {
                label for=(name) { (label) }
                select id=(name) name=(name) aria-invalid=[self.is_invalid(name)]
                    aria-describedby=[self.described(name, hint)] {
                    option value="" { "Either" }
                    option value="true" selected[value == Some("true")] { "Yes" }
                    option value="false" selected[value == Some("false")] { "No" }
                }
                (self.advice(name))
                @if !hint.is_empty() { p .hint id={ (name) "-hint" } { (parts::text(hint)) } }
            }
        }
    }

    fn problem(&self, name: &str) -> Option<&str> {
        self.invalid?.of(name)
    }

    fn is_invalid(&self, name: &str) -> Option<&'static str> {
        self.problem(name).map(|_| "true")
    }

    /// What is wrong with a field.
    fn advice(&self, name: &str) -> Markup {
        html! {
            @if let Some(advice) = self.problem(name) {
                p .wrong id={ (name) "-wrong" } { (advice) }
            }
        }
    }

    /// The IDs of what describes a field.
    fn described(&self, name: &str, hint: &str) -> Option<String> {
        let wrong = self.problem(name).map(|_| format!("{name}-wrong"));
        let hint = (!hint.is_empty()).then(|| format!("{name}-hint"));
        let ids: Vec<_> = [wrong, hint].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}
