//! Creating and updating users, and exchanging a user's primary factor.
//!
//! Requests follow <https://stytch.com/docs/api/create-user>, `update-user` and the pages beside
//! them, with the types of the official SDKs. Error types are those that Stytch's browser SDK
//! lists; which error gets which type is inferred.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::settable_fields::SettableFields;
use crate::{
    api_error::ApiError,
    json::string,
    random::Random,
    store::Store,
    users::{DEFAULT_ROLE, Email, PhoneNumber, User, factor::Factor, identifier::Key},
};

/// Builds the user that a request body describes, without adding it to the store. `random`
/// generates its IDs.
///
/// # Errors
///
/// The error for the first invalid member, or for an identifier that another user has.
pub(crate) fn create(
    store: &Store,
    body: &Map<String, Value>,
    mut random: Random,
) -> Result<User, ApiError> {
    let fields = SettableFields::parse(body)?;
    let (email, phone) = (email(body, "email")?, phone_number(body)?);
    if email.is_none() && phone.is_none() {
        let message = "An email or a phone_number is required.";
        return Err(ApiError::new(400, "invalid_create_user_request", message));
    }
    let pending = match body.get("create_user_as_pending") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(pending)) => *pending,
        Some(_) => {
            let message = "create_user_as_pending must be true or false";
            return Err(ApiError::bad_request(message));
        }
    };
    check_unique(store, None, &fields, email.as_deref(), phone.as_deref())?;
    let mut user = User::new(random.id("user"));
    user.created_at = Timestamp::from_second(Timestamp::now().as_second()).ok();
    user.roles.push(DEFAULT_ROLE.to_owned());
    if pending {
        user.status = "pending".into();
    }
    add_contacts(&mut user, email, phone, random);
    fields.apply(&mut user)?;
    Ok(user)
}

/// Returns an updated copy of the user at a position, without replacing it in the store.
///
/// # Errors
///
/// The error for the first invalid member, or for an external ID that another user has.
pub(crate) fn update(
    store: &Store,
    position: u64,
    user: &User,
    body: &Map<String, Value>,
) -> Result<User, ApiError> {
    let fields = SettableFields::parse(body)?;
    check_unique(store, Some(position), &fields, None, None)?;
    let mut user = user.clone();
    fields.apply(&mut user)?;
    Ok(user)
}

/// Replaces the only factor of a user, an e-mail address or phone number, with another one.
/// `random` generates its ID.
///
/// # Errors
///
/// The error for the first invalid member, for a user with more or fewer factors than one, or for
/// an address or number that another user has.
pub(crate) fn exchange(
    store: &Store,
    position: u64,
    user: &mut User,
    body: &Map<String, Value>,
    random: Random,
) -> Result<(), ApiError> {
    let (email, phone) = (email(body, "email_address")?, phone_number(body)?);
    if email.is_some() == phone.is_some() {
        let message = "Either an email_address or a phone_number is required.";
        let error_type = "invalid_exchange_primary_factor_fields";
        return Err(ApiError::new(400, error_type, message));
    }
    if Factor::count(user) != 1 || user.emails.len() + user.phone_numbers.len() != 1 {
        let message = "The user must have exactly one factor, an email or a phone number.";
        let error_type = "invalid_exchange_primary_factor_user";
        return Err(ApiError::new(400, error_type, message));
    }
    let none = SettableFields::default();
    check_unique(
        store,
        Some(position),
        &none,
        email.as_deref(),
        phone.as_deref(),
    )?;
    user.emails.clear();
    user.phone_numbers.clear();
    add_contacts(user, email, phone, random);
    Ok(())
}

/// Adds an unverified e-mail address and phone number to a user.
fn add_contacts(user: &mut User, email: Option<String>, phone: Option<String>, mut random: Random) {
    user.emails.extend(email.map(|email| Email {
        email_id: random.id("email"),
        email,
        ..Email::default()
    }));
    user.phone_numbers
        .extend(phone.map(|phone_number| PhoneNumber {
            phone_id: random.id("phone-number"),
            phone_number,
            ..PhoneNumber::default()
        }));
}

fn check_unique(
    store: &Store,
    own: Option<u64>,
    fields: &SettableFields,
    email: Option<&str>,
    phone: Option<&str>,
) -> Result<(), ApiError> {
    let taken = |key: Option<Key<'_>>| {
        let holder = key.and_then(|key| store.holder(&key));
        holder.is_some() && holder != own
    };
    if taken(email.map(Key::email)) {
        let message = "A user with this email already exists.";
        return Err(ApiError::new(400, "duplicate_email", message));
    }
    if taken(phone.map(Key::PhoneNumber)) {
        let message = "A user with this phone number already exists.";
        return Err(ApiError::new(400, "duplicate_phone_number", message));
    }
    if taken(fields.external_id.as_deref().map(Key::Id)) {
        let message = "A user with this external_id already exists.";
        return Err(ApiError::new(400, "duplicate_user_external_id", message));
    }
    Ok(())
}

fn email(body: &Map<String, Value>, member: &str) -> Result<Option<String>, ApiError> {
    let Some(email) = string(body, member)? else {
        return Ok(None);
    };
    let parts = email.split_once('@');
    let valid = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    });
    if valid && !email.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(Some(email));
    }
    Err(ApiError::new(400, "invalid_email", "The email is invalid."))
}

/// Returns the phone number in a body, in E.164 form: `+`, no leading zero, up to 15 digits.
fn phone_number(body: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    let Some(phone) = string(body, "phone_number")? else {
        return Ok(None);
    };
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let valid = (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    if valid {
        return Ok(Some(phone));
    }
    let message = "The phone_number is invalid; it must be in E.164 form, such as +12025550162.";
    Err(ApiError::new(400, "invalid_phone_number", message))
}
