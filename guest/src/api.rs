//! Stytch's JSON objects: which member goes where. The records of the contract
//! are filled directly; members without a field of their own go to `extra`.

use crate::bindings::exports::stytch::users::types::{
    ApiError, BiometricRegistration, CryptoWallet, Email, Name, OauthProvider, Password,
    PhoneNumber, RetrievedUser, Totp, User, WebauthnRegistration,
};
use alloc::string::String;
use alloc::vec::Vec;
use stytch_decode::{Member, Members, Record, position};

/// Describes records whose fields have the names of Stytch's members. All of
/// them may be absent but `required` strings; `json` ones are kept as text, and
/// `first` is how many a list makes room for.
macro_rules! records {
    ($($record:ident {
        $($member:ident),+
        $(; json $($json:ident),+)?
        $(; required $($required:ident),+)?
        $(; first $first:literal)?
    })+) => {$(
        impl Record for $record {
            $(const FIRST: usize = $first;)?

            fn empty() -> Self {
                Self {
                    $($member: None,)+
                    $($($json: None,)+)?
                    $($($required: String::new(),)+)?
                    extra: None,
                }
            }
        }

        impl Members for $record {
            fn member(&mut self, name: &str, next: &mut usize) -> Member<'_> {
                #[expect(non_camel_case_types, reason = "the names of members")]
                enum At { $($member,)+ $($($json,)+)? $($($required,)+)? }
                const NAMES: &[&str] = &[
                    $(stringify!($member),)+
                    $($(stringify!($json),)+)?
                    $($(stringify!($required),)+)?
                ];
                match position(NAMES, name, next) {
                    $(Some(at) if at == At::$member as usize => {
                        Member::Place(&mut self.$member)
                    })+
                    $($(Some(at) if at == At::$json as usize => Member::Json(&mut self.$json),)+)?
                    $($(Some(at) if at == At::$required as usize => {
                        Member::Place(&mut self.$required)
                    })+)?
                    _ => Member::Extra(&mut self.extra),
                }
            }

            fn missing(&self) -> Option<&'static str> {
                $($(if self.$required.is_empty() {
                    return Some(stringify!($required));
                })+)?
                None
            }
        }
    )+};
}

records! {
    User {
        emails, status, phone_numbers, webauthn_registrations, providers, totps, crypto_wallets,
        biometric_registrations, is_locked, roles, name, created_at, password, external_id,
        lock_created_at, lock_expires_at;
        json trusted_metadata, untrusted_metadata;
        required user_id;
        first 1000
    }
    Name { first_name, middle_name, last_name }
    Email { email_id, email, verified }
    PhoneNumber { phone_id, phone_number, verified }
    WebauthnRegistration {
        webauthn_registration_id, domain, user_agent, verified, authenticator_type, name
    }
    OauthProvider {
        provider_type, provider_subject, profile_picture_url, locale, oauth_user_registration_id
    }
    Totp { totp_id, verified }
    CryptoWallet { crypto_wallet_id, crypto_wallet_address, crypto_wallet_type, verified }
    BiometricRegistration { biometric_registration_id, verified }
    Password { password_id, requires_reset }
}

/// The answer to `GET /v1/users/{user_id}`: the user's members and the
/// envelope's side by side.
impl Record for RetrievedUser {
    fn empty() -> Self {
        Self {
            request_id: None,
            user: User::empty(),
        }
    }
}

impl Members for RetrievedUser {
    fn member(&mut self, name: &str, next: &mut usize) -> Member<'_> {
        match name {
            "request_id" => Member::Place(&mut self.request_id),
            // The HTTP status again.
            "status_code" => Member::Ignored,
            _ => self.user.member(name, next),
        }
    }

    fn missing(&self) -> Option<&'static str> {
        self.user.missing()
    }
}

/// The answer to `POST /v1/users/search`.
pub(crate) struct SearchAnswer {
    pub(crate) request_id: Option<String>,
    pub(crate) results: Option<Vec<User>>,
    pub(crate) results_metadata: Option<ResultsMetadata>,
}

impl Record for SearchAnswer {
    fn empty() -> Self {
        Self {
            request_id: None,
            results: None,
            results_metadata: None,
        }
    }
}

impl Members for SearchAnswer {
    fn member(&mut self, name: &str, _next: &mut usize) -> Member<'_> {
        match name {
            "request_id" => Member::Place(&mut self.request_id),
            "results" => Member::Place(&mut self.results),
            "results_metadata" => Member::Place(&mut self.results_metadata),
            _ => Member::Ignored,
        }
    }
}

/// Where a page stands among all results.
pub(crate) struct ResultsMetadata {
    pub(crate) total: Option<i64>,
    pub(crate) next_cursor: Option<String>,
}

impl Record for ResultsMetadata {
    fn empty() -> Self {
        Self {
            total: None,
            next_cursor: None,
        }
    }
}

impl Members for ResultsMetadata {
    fn member(&mut self, name: &str, _next: &mut usize) -> Member<'_> {
        match name {
            "total" => Member::Place(&mut self.total),
            "next_cursor" => Member::Place(&mut self.next_cursor),
            _ => Member::Ignored,
        }
    }
}

/// An error: the contract's own record, filled but for what is not in the body.
impl Record for ApiError {
    fn empty() -> Self {
        Self {
            status: 0,
            error_type: None,
            message: None,
            request_id: None,
            error_url: None,
            details: None,
            retry_after_ms: None,
        }
    }
}

impl Members for ApiError {
    fn member(&mut self, name: &str, _next: &mut usize) -> Member<'_> {
        match name {
            "error_type" => Member::Place(&mut self.error_type),
            "error_message" => Member::Place(&mut self.message),
            "request_id" => Member::Place(&mut self.request_id),
            "error_url" => Member::Place(&mut self.error_url),
            "error_details" => Member::Json(&mut self.details),
            _ => Member::Ignored,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    use stytch_decode::{DecodeError, decode};

    fn try_read<R: Record>(json: &str) -> Result<R, DecodeError> {
        let mut record = R::empty();
        decode(json.as_bytes(), &mut record).map(|()| record)
    }

    fn read<R: Record>(json: &str) -> R {
        try_read(json).unwrap()
    }

    #[test]
    fn the_envelope_and_the_user_are_told_apart() {
        let json = r#"{"status_code":200,"request_id":"r","user_id":"u","status_code_x":1}"#;
        let retrieved: RetrievedUser = read(json);
        assert_eq!(retrieved.request_id.as_deref(), Some("r"));
        assert_eq!(retrieved.user.user_id, "u");
        assert_eq!(
            retrieved.user.extra.as_deref(),
            Some(r#"{"status_code_x":1}"#)
        );
    }

    #[test]
    fn null_and_absent_are_the_same() {
        let null = r#"{"user_id":"u","emails":null,"roles":null,"name":null,"is_locked":null,
            "trusted_metadata":null,"password":null,"created_at":null}"#;
        let [null, absent]: [User; 2] = [null, r#"{"user_id":"u"}"#].map(read);
        assert_eq!(format!("{null:?}"), format!("{absent:?}"));
        assert!(null.emails.is_none() && null.is_locked.is_none() && null.extra.is_none());
    }

    #[test]
    fn unknown_members_are_kept_at_every_level_as_they_were_sent() {
        let user: User = read(
            r#"{"a\"b":[1.0, {"x":null}],"user_id":"u","n":null,
                "emails":[{"email":"e","bounced":true}],"password":{"breached":false}}"#,
        );
        assert_eq!(
            user.extra.as_deref(),
            Some(r#"{"a\"b":[1.0, {"x":null}],"n":null}"#)
        );
        let emails = user.emails.unwrap();
        assert_eq!(emails[0].extra.as_deref(), Some(r#"{"bounced":true}"#));
        assert_eq!(
            user.password.unwrap().extra.as_deref(),
            Some(r#"{"breached":false}"#)
        );
    }

    #[test]
    fn metadata_keeps_its_text() {
        let user: User = read(
            r#"{"user_id":"u","trusted_metadata":{"big":123456789012345678901234567890, "f":1.50},
                "untrusted_metadata":{}}"#,
        );
        assert_eq!(
            user.trusted_metadata.as_deref(),
            Some(r#"{"big":123456789012345678901234567890, "f":1.50}"#)
        );
        assert_eq!(user.untrusted_metadata.as_deref(), Some("{}"));
    }

    #[test]
    fn the_last_of_repeated_members_counts() {
        let user: User = read(r#"{"user_id":"a","status":"x","user_id":"b","status":null}"#);
        assert_eq!((user.user_id.as_str(), user.status), ("b", None));
    }

    #[test]
    fn a_user_without_an_id_is_none() {
        for json in ["{}", r#"{"user_id":null}"#, r#"{"user_id":""}"#] {
            assert!(try_read::<User>(json).is_err(), "{json}");
            assert!(try_read::<RetrievedUser>(json).is_err(), "{json}");
        }
    }
}
