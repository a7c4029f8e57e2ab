//! The form of a search, made from the contract: a field for each of its filters.

use serde_json::{Map, Value};
use stytch_host::schema::Description;

/// The fields of a search.
#[derive(Debug)]
pub(crate) struct SearchForm {
    pub(crate) fields: Vec<Field>,
    /// The largest page.
    pub(crate) largest: u64,
}

/// A filter of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its `filter_name`, which is also the name of the field in an address.
    pub(crate) name: String,
    /// What it is called.
    pub(crate) label: String,
    /// What it does.
    pub(crate) description: String,
    pub(crate) kind: Kind,
    /// Values to choose from; others are allowed, too.
    pub(crate) examples: Vec<String>,
    pub(crate) group: Group,
}

/// What the value of a filter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// One text of several.
    List,
    /// Yes or no.
    Flag,
    Time,
    /// Between two times.
    Range,
}

/// The filters that stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    Person,
    Email,
    Phone,
    Created,
    SignIn,
    Wallet,
    /// Those that this version does not know.
    Other,
}

impl Group {
    pub(crate) const ALL: [Self; 7] = [
        Self::Person,
        Self::Email,
        Self::Phone,
        Self::Created,
        Self::SignIn,
        Self::Wallet,
        Self::Other,
    ];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Person => "Person and status",
            Self::Email => "E-mail",
            Self::Phone => "Phone",
            Self::Created => "Created",
            Self::SignIn => "Ways to sign in",
            Self::Wallet => "Crypto wallets",
            Self::Other => "Other filters",
        }
    }

    fn of(name: &str) -> Self {
        match name.split('_').next().unwrap_or_default() {
            "full" | "status" | "user" => Self::Person,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "created" => Self::Created,
            "oauth" | "password" | "totp" | "webauthn" => Self::SignIn,
            "crypto" => Self::Wallet,
            _ => Self::Other,
        }
    }
}

impl SearchForm {
    /// Reads the schema of the input of `search-users`; `None` if it has no filters.
    pub(crate) fn of(description: &Description) -> Option<Self> {
        let input = description.operation("search-users")?.input();
        Self::read(&serde_json::to_value(input).ok()?)
    }

    fn read(schema: &Value) -> Option<Self> {
        let filters = schema.pointer("/$defs/filter/oneOf")?.as_array()?;
        let limit = schema.pointer("/properties/limit/maximum");
        let mut fields: Vec<_> = filters.iter().filter_map(Field::read).collect();
        // A stable sort: within a group, the order is the contract's.
        fields.sort_by_key(|field| Group::ALL.iter().position(|group| *group == field.group));
        (!fields.is_empty()).then_some(Self {
            fields,
            largest: limit.and_then(Value::as_u64).unwrap_or(u64::MAX),
        })
    }

    /// Returns the field of a filter.
    #[cfg(test)]
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// The schema of one filter; `None` for that of filters without a fixed name.
    fn read(filter: &Value) -> Option<Self> {
        let properties = filter.get("properties")?;
        let name = properties.pointer("/filter_name/const")?.as_str()?;
        let value = properties.get("filter_value")?;
        let text = |member: &str| filter.get(member).and_then(Value::as_str);
        let examples = value.get("examples").and_then(Value::as_array);
        let examples = examples.into_iter().flatten().filter_map(Value::as_str);
        Some(Self {
            name: name.to_owned(),
            label: label(text("title").unwrap_or(name)),
            description: text("description").unwrap_or_default().to_owned(),
            kind: Kind::of(value.as_object()?),
            examples: examples.map(str::to_owned).collect(),
            group: Group::of(name),
        })
    }
}

impl Kind {
    fn of(schema: &Map<String, Value>) -> Self {
        let text = |member: &str| schema.get(member).and_then(Value::as_str);
        match (text("type"), text("format")) {
            (Some("boolean"), _) => Self::Flag,
            (Some("array"), _) => Self::List,
            (_, Some("date-time")) => Self::Time,
            (Some("string"), _) => Self::Text,
            // A reference to the record of two times.
            _ => Self::Range,
        }
    }
}

/// `Created At Greater Than` → `Created after`: a title as the label of a field.
fn label(title: &str) -> String {
    const ENDS: [(&str, &str); 5] = [
        (" At Greater Than", " after"),
        (" At Less Than", " before"),
        (" At Between", " between"),
        (" Fuzzy", " like"),
        (" Exists", ""),
    ];
    let mut text = title.to_owned();
    for (end, plain) in ENDS {
        if let Some(start) = text.strip_suffix(end) {
            text = format!("{start}{plain}");
        }
    }
    let words = text.split(' ').enumerate().map(|(index, word)| {
        let is_name = word.chars().skip(1).any(char::is_uppercase);
        if index == 0 || is_name {
            word.to_owned()
        } else {
            word.to_lowercase()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::HashSet;
    use stytch_host::Plugin;
    use stytch_host::json::FILTER_NAMES;

    pub(crate) fn form() -> SearchForm {
        SearchForm::of(&Plugin::builder().describe().unwrap()).unwrap()
    }

    #[test]
    fn each_filter_of_the_contract_has_a_field() {
        let form = form();
        let names: HashSet<_> = form
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        let expected: HashSet<_> = FILTER_NAMES.iter().copied().collect();
        assert_eq!(names, expected);
        assert_eq!(form.fields.len(), 23);
        assert_eq!(form.largest, 1000);
        for field in &form.fields {
            assert_ne!(field.group, Group::Other, "{}", field.name);
            assert!(!field.description.is_empty(), "{}", field.name);
        }
    }

    #[test]
    fn the_kind_of_a_field_is_that_of_its_value() {
        let form = form();
        for (name, kind) in [
            ("status", Kind::Text),
            ("email_address", Kind::List),
            ("email_verified", Kind::Flag),
            ("created_at_less_than", Kind::Time),
            ("created_at_between", Kind::Range),
        ] {
            assert_eq!(form.field(name).unwrap().kind, kind, "{name}");
        }
        assert_eq!(
            form.field("status").unwrap().examples,
            ["active", "pending"]
        );
    }

    #[test]
    fn a_newer_filter_has_a_field_too() {
        let schema = serde_json::json!({"$defs": {"filter": {"oneOf": [
            {"title": "Passport ID", "properties": {
                "filter_name": {"const": "passport_id"}, "filter_value": {"type": "string"},
            }},
            {"properties": {"filter_name": {"type": "string"}, "filter_value": {}}},
        ]}}});
        let form = SearchForm::read(&schema).unwrap();
        assert_eq!(form.fields.len(), 1);
        assert_eq!(form.fields[0].label, "Passport ID");
        assert_eq!(form.fields[0].group, Group::Other);
        assert!(SearchForm::read(&serde_json::json!({})).is_none());
    }

    #[test]
    fn labels_read_like_text() {
        for (title, expected) in [
            ("Created At Greater Than", "Created after"),
            ("Created At Between", "Created between"),
            ("Full Name Fuzzy", "Full name like"),
            ("Password Exists", "Password"),
            ("WebAuthn Registration ID", "WebAuthn registration ID"),
            ("OAuth Provider", "OAuth provider"),
        ] {
            assert_eq!(label(title), expected);
        }
    }
}
