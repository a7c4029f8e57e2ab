//! Creating, updating and deleting users, and changing their parts.
//!
//! Requests and answers follow <https://stytch.com/docs/api/create-user>, `update-user`,
//! `delete-user` and the others there, as the types of the official SDKs have them. Which error answers which mistake
//! is inferred from the names that Stytch's browser SDK lists.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    CryptoWallet, Email, PhoneNumber, User,
    changes::{Changes, DEFAULT_ROLE, text},
    failure::Failure,
    index::Key,
    part::Part,
    seed::Draw,
    store::Store,
};

/// The answer to a create; the status is 201.
#[derive(Debug, Serialize)]
pub(super) struct Created<'a> {
    request_id: &'a str,
    user_id: &'a str,
    email_id: &'a str,
    status: &'a str,
    phone_id: &'a str,
    user: &'a User,
    status_code: u16,
}

impl<'a> Created<'a> {
    pub(super) fn new(request_id: &'a str, user: &'a User) -> Self {
        let (email, phone) = (user.emails.first(), user.phone_numbers.first());
        Self {
            request_id,
            user_id: &user.user_id,
            email_id: email.map_or("", |email| &email.email_id),
            status: &user.status,
            phone_id: phone.map_or("", |phone| &phone.phone_id),
            user,
            status_code: 201,
        }
    }
}

/// The answer to an update.
#[derive(Debug, Serialize)]
pub(super) struct Updated<'a> {
    request_id: &'a str,
    user_id: &'a str,
    emails: &'a [Email],
    phone_numbers: &'a [PhoneNumber],
    crypto_wallets: &'a [CryptoWallet],
    user: &'a User,
    status_code: u16,
}

impl<'a> Updated<'a> {
    pub(super) fn new(request_id: &'a str, user: &'a User) -> Self {
        Self {
            request_id,
            user_id: &user.user_id,
            emails: &user.emails,
            phone_numbers: &user.phone_numbers,
            crypto_wallets: &user.crypto_wallets,
            user,
            status_code: 200,
        }
    }
}

/// The answer to a delete.
#[derive(Debug, Serialize)]
pub(super) struct Deleted<'a> {
    pub(super) request_id: &'a str,
    pub(super) user_id: &'a str,
    pub(super) status_code: u16,
}

/// The answer to a change of one part of a user.
#[derive(Debug, Serialize)]
pub(super) struct Changed<'a> {
    request_id: &'a str,
    user_id: &'a str,
    user: &'a User,
    status_code: u16,
}

impl<'a> Changed<'a> {
    pub(super) fn new(request_id: &'a str, user: &'a User) -> Self {
        Self {
            request_id,
            user_id: &user.user_id,
            user,
            status_code: 200,
        }
    }
}

/// Makes the user that a body describes, without adding it. `draw` gives its IDs.
///
/// # Errors
///
/// The answer to the first mistake, or to an identifier that another user has.
pub(super) fn create(
    store: &Store,
    body: &Map<String, Value>,
    mut draw: Draw,
) -> Result<User, Failure> {
    let changes = Changes::parse(body)?;
    let (email, phone) = (email(body, "email")?, phone_number(body)?);
    if email.is_none() && phone.is_none() {
        let message = "An email or a phone_number is required.";
        return Err(Failure::new(400, "invalid_create_user_request", message));
    }
    let pending = match body.get("create_user_as_pending") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(pending)) => *pending,
        Some(_) => {
            let message = "create_user_as_pending must be true or false";
            return Err(Failure::bad_request(message));
        }
    };
    check_unique(store, None, &changes, email.as_deref(), phone.as_deref())?;
    let mut user = User::new(draw.id("user"));
    user.created_at = Timestamp::from_second(Timestamp::now().as_second()).ok();
    user.roles.push(DEFAULT_ROLE.to_owned());
    if pending {
        user.status = "pending".into();
    }
    give(&mut user, email, phone, draw);
    changes.apply(&mut user)?;
    Ok(user)
}

/// The user at a position as an update leaves it, without replacing it.
///
/// # Errors
///
/// The answer to the first mistake, or to an external ID that another user has.
pub(super) fn update(
    store: &Store,
    position: u64,
    user: &User,
    body: &Map<String, Value>,
) -> Result<User, Failure> {
    let changes = Changes::parse(body)?;
    check_unique(store, Some(position), &changes, None, None)?;
    let mut user = user.clone();
    changes.apply(&mut user)?;
    Ok(user)
}

/// Puts an e-mail address or a phone number in place of the one that the user has. `draw` gives
/// its ID.
///
/// # Errors
///
/// The answer to the first mistake, to a user who has another number of factors than one, or to
/// what another user has.
pub(super) fn exchange(
    store: &Store,
    position: u64,
    user: &mut User,
    body: &Map<String, Value>,
    draw: Draw,
) -> Result<(), Failure> {
    let (email, phone) = (email(body, "email_address")?, phone_number(body)?);
    if email.is_some() == phone.is_some() {
        let message = "Either an email_address or a phone_number is required.";
        let error_type = "invalid_exchange_primary_factor_fields";
        return Err(Failure::new(400, error_type, message));
    }
    if Part::count(user) != 1 || user.emails.len() + user.phone_numbers.len() != 1 {
        let message = "The user must have exactly one factor, an email or a phone number.";
        let error_type = "invalid_exchange_primary_factor_user";
        return Err(Failure::new(400, error_type, message));
    }
    let none = Changes::default();
    check_unique(
        store,
        Some(position),
        &none,
        email.as_deref(),
        phone.as_deref(),
    )?;
    user.emails.clear();
    user.phone_numbers.clear();
    give(user, email, phone, draw);
    Ok(())
}

/// Gives a user an e-mail address and a phone number, not verified.
fn give(user: &mut User, email: Option<String>, phone: Option<String>, mut draw: Draw) {
    user.emails.extend(email.map(|email| Email {
        email_id: draw.id("email"),
        email,
        ..Email::default()
    }));
    user.phone_numbers
        .extend(phone.map(|phone_number| PhoneNumber {
            phone_id: draw.id("phone-number"),
            phone_number,
            ..PhoneNumber::default()
        }));
}

fn check_unique(
    store: &Store,
    own: Option<u64>,
    changes: &Changes,
    email: Option<&str>,
    phone: Option<&str>,
) -> Result<(), Failure> {
    let taken = |key: Option<Key<'_>>| {
        let holder = key.and_then(|key| store.holder(&key));
        holder.is_some() && holder != own
    };
    if taken(email.map(Key::email)) {
        let message = "A user with this email already exists.";
        return Err(Failure::new(400, "duplicate_email", message));
    }
    if taken(phone.map(Key::PhoneNumber)) {
        let message = "A user with this phone number already exists.";
        return Err(Failure::new(400, "duplicate_phone_number", message));
    }
    if taken(changes.external_id.as_deref().map(Key::Id)) {
        let message = "A user with this external_id already exists.";
        return Err(Failure::new(400, "duplicate_user_external_id", message));
    }
    Ok(())
}

fn email(body: &Map<String, Value>, member: &str) -> Result<Option<String>, Failure> {
    let Some(email) = text(body, member)? else {
        return Ok(None);
    };
    let parts = email.split_once('@');
    let plausible = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    });
    if plausible && !email.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(Some(email));
    }
    Err(Failure::new(400, "invalid_email", "The email is invalid."))
}

/// The phone number of a body, in E.164 form: `+`, no leading zero, up to 15 digits.
fn phone_number(body: &Map<String, Value>) -> Result<Option<String>, Failure> {
    let Some(phone) = text(body, "phone_number")? else {
        return Ok(None);
    };
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let plausible = (8..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    if plausible {
        return Ok(Some(phone));
    }
    let message = "The phone_number is invalid; it must have E.164 form, as +12025550162.";
    Err(Failure::new(400, "invalid_phone_number", message))
}
