//! The members of a user that create and update requests may set.

use serde_json::{Map, Value};

use crate::{
    api_error::ApiError,
    json::{present, string},
    users::{DEFAULT_ROLE, User, identifier::is_valid},
};

/// The settable members of a request body, each valid by itself.
///
/// `attributes` (for fraud detection) and unknown members are ignored. `null` counts as absent.
#[derive(Debug, Default)]
pub(crate) struct SettableFields {
    first_name: Option<String>,
    middle_name: Option<String>,
    last_name: Option<String>,
    trusted_metadata: Option<Map<String, Value>>,
    untrusted_metadata: Option<Map<String, Value>>,
    pub(crate) external_id: Option<String>,
    roles: Option<Vec<String>>,
}

impl SettableFields {
    /// Parses a request body.
    ///
    /// # Errors
    ///
    /// The error for the first invalid member.
    pub(crate) fn parse(body: &Map<String, Value>) -> Result<Self, ApiError> {
        let empty = Map::new();
        let name = match present(body, "name") {
            None => &empty,
            Some(Value::Object(name)) => name,
            Some(_) => return Err(ApiError::bad_request("name must be an object")),
        };
        Ok(Self {
            first_name: string(name, "first_name")?,
            middle_name: string(name, "middle_name")?,
            last_name: string(name, "last_name")?,
            trusted_metadata: metadata(body, "trusted_metadata")?,
            untrusted_metadata: metadata(body, "untrusted_metadata")?,
            external_id: external_id(body)?,
            roles: roles(body)?,
        })
    }

    /// Applies the members to a user.
    ///
    /// # Errors
    ///
    /// The metadata would exceed a limit. The user is then partly changed, so pass a copy.
    pub(crate) fn apply(self, user: &mut User) -> Result<(), ApiError> {
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

fn metadata(
    body: &Map<String, Value>,
    member: &str,
) -> Result<Option<Map<String, Value>>, ApiError> {
    match present(body, member) {
        None => Ok(None),
        Some(Value::Object(metadata)) => Ok(Some(metadata.clone())),
        Some(_) => Err(ApiError::new(
            400,
            "metadata_invalid_format",
            format!("{member} must be an object"),
        )),
    }
}

fn external_id(body: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    let id = string(body, "external_id")?;
    if id.as_deref().is_none_or(is_valid) {
        return Ok(id);
    }
    Err(ApiError::new(
        400,
        "invalid_request_value",
        "external_id must have 1 to 128 characters: letters, digits, and any of . _ | -",
    ))
}

fn roles(body: &Map<String, Value>) -> Result<Option<Vec<String>>, ApiError> {
    let invalid = || ApiError::bad_request("roles must be an array of strings");
    match present(body, "roles") {
        None => Ok(None),
        Some(roles) => roles
            .as_array()
            .ok_or_else(invalid)?
            .iter()
            .map(|role| role.as_str().map(str::to_owned).ok_or_else(invalid))
            .collect::<Result<_, _>>()
            .map(Some),
    }
}
