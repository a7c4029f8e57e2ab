//! The bodies of successful responses, except a page of search results.
//!
//! Members and their order follow the types of the official SDKs.

use serde::Serialize;

use crate::users::{CryptoWallet, Email, PhoneNumber, User};

/// The response to a `GET`: the members of the user, beside two of the response.
#[derive(Debug, Serialize)]
pub(crate) struct Retrieved<'a> {
    pub(crate) status_code: u16,
    pub(crate) request_id: &'a str,
    #[serde(flatten)]
    pub(crate) user: &'a User,
}

/// The response to a create; the status is 201.
#[derive(Debug, Serialize)]
pub(crate) struct Created<'a> {
    request_id: &'a str,
    user_id: &'a str,
    email_id: &'a str,
    status: &'a str,
    phone_id: &'a str,
    user: &'a User,
    status_code: u16,
}

impl<'a> Created<'a> {
    pub(crate) fn new(request_id: &'a str, user: &'a User) -> Self {
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

/// The response to an update.
#[derive(Debug, Serialize)]
pub(crate) struct Updated<'a> {
    request_id: &'a str,
    user_id: &'a str,
    emails: &'a [Email],
    phone_numbers: &'a [PhoneNumber],
    crypto_wallets: &'a [CryptoWallet],
    user: &'a User,
    status_code: u16,
}

impl<'a> Updated<'a> {
    pub(crate) fn new(request_id: &'a str, user: &'a User) -> Self {
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

/// The response to a delete.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) status_code: u16,
}

/// The response to a deleted or exchanged factor, or a deleted external ID.
#[derive(Debug, Serialize)]
pub(crate) struct Changed<'a> {
    request_id: &'a str,
    user_id: &'a str,
    user: &'a User,
    status_code: u16,
}

impl<'a> Changed<'a> {
    pub(crate) fn new(request_id: &'a str, user: &'a User) -> Self {
        Self {
            request_id,
            user_id: &user.user_id,
            user,
            status_code: 200,
        }
    }
}

/// The list of connected apps, which is always empty.
#[derive(Debug, Serialize)]
pub(crate) struct AppList<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) connected_apps: [(); 0],
    pub(crate) status_code: u16,
}
