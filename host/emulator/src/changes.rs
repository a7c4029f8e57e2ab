//! What creating and updating have in common: the members of a user that a request may set.

use serde_json::{Map, Value};

use super::{User, failure::Failure, identifier::is_legal, operand::present};

/// The role that every user has.
pub(super) const DEFAULT_ROLE: &str = "stytch_user";

/// The settable members of a request body, checked one by one.
///
/// `attributes` (for fraud detection) and unknown members are ignored. A member that is `null` is
/// a member that is absent.
#[derive(Debug, Default)]
pub(super) struct Changes {
    first_name: Option<String>,
    middle_name: Option<String>,
    last_name: Option<String>,
    trusted_metadata: Option<Map<String, Value>>,
    untrusted_metadata: Option<Map<String, Value>>,
    pub(super) external_id: Option<String>,
    roles: Option<Vec<String>>,
}

impl Changes {
    /// Reads a request body.
    ///
    /// # Errors
    ///
    /// The answer to the first member that has the wrong form.
    pub(super) fn parse(body: &Map<String, Value>) -> Result<Self, Failure> {
        let empty = Map::new();
        let name = match present(body, "name") {
            None => &empty,
            Some(Value::Object(name)) => name,
            Some(_) => return Err(Failure::bad_request("name must be an object")),
        };
        Ok(Self {
            first_name: text(name, "first_name")?,
            middle_name: text(name, "middle_name")?,
            last_name: text(name, "last_name")?,
            trusted_metadata: metadata_of(body, "trusted_metadata")?,
            untrusted_metadata: metadata_of(body, "untrusted_metadata")?,
            external_id: external_id(body)?,
            roles: roles(body)?,
        })
    }

    /// Applies the changes.
    ///
    /// # Errors
    ///
    /// The metadata would be over a limit; the user is then changed in part, so apply to a copy.
    pub(super) fn apply(self, user: &mut User) -> Result<(), Failure> {
        let name = &mut user.name;
        set(&mut name.first_name, self.first_name);
        set(&mut name.middle_name, self.middle_name);
        set(&mut name.last_name, self.last_name);
        if let Some(roles) = self.roles {
            let others = roles.into_iter().filter(|role| role != DEFAULT_ROLE);
            user.roles = [DEFAULT_ROLE.to_owned()]
                .into_iter()
                .chain(others)
                .collect();
        }
        user.external_id = self.external_id.or(user.external_id.take());
        if let Some(changes) = self.trusted_metadata {
            user.trusted_metadata
                .get_or_insert_default()
                .merge(changes)?;
        }
        if let Some(changes) = self.untrusted_metadata {
            user.untrusted_metadata
                .get_or_insert_default()
                .merge(changes)?;
        }
        Ok(())
    }
}

fn set<T>(member: &mut T, change: Option<T>) {
    if let Some(change) = change {
        *member = change;
    }
}

/// A string member, if it is there.
///
/// # Errors
///
/// `bad_request` if it is not a string.
pub(super) fn text(body: &Map<String, Value>, member: &str) -> Result<Option<String>, Failure> {
    match present(body, member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Failure::bad_request(format!("{member} must be a string"))),
    }
}

fn metadata_of(
    body: &Map<String, Value>,
    member: &str,
) -> Result<Option<Map<String, Value>>, Failure> {
    match present(body, member) {
        None => Ok(None),
        Some(Value::Object(metadata)) => Ok(Some(metadata.clone())),
        Some(_) => Err(Failure::new(
            400,
            "metadata_invalid_format",
            format!("{member} must be an object"),
        )),
    }
}

fn external_id(body: &Map<String, Value>) -> Result<Option<String>, Failure> {
    let id = text(body, "external_id")?;
    if id.as_deref().is_none_or(is_legal) {
        return Ok(id);
    }
    Err(Failure::new(
        400,
        "invalid_request_value",
        "external_id must have 1 to 128 characters: letters, digits, and any of . _ | -",
    ))
}

fn roles(body: &Map<String, Value>) -> Result<Option<Vec<String>>, Failure> {
    let wrong = || Failure::bad_request("roles must be an array of strings");
    match present(body, "roles") {
        None => Ok(None),
        Some(roles) => roles
            .as_array()
            .ok_or_else(wrong)?
            .iter()
            .map(|role| role.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
    }
}
