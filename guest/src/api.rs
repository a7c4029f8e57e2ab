//! Maps the members of Stytch's JSON objects to the records of the contract, which are
//! filled directly. Members without a field go to `extra`.

use crate::bindings::exports::stytch::users::types::{
    ApiError, BiometricRegistration, CryptoWallet, Email, Name, OauthProvider, Password,
    PhoneNumber, RetrievedUser, Totp, User, WebauthnRegistration,
};
use alloc::string::String;
use alloc::vec::Vec;
use stytch_decode::{Done, Item, Known, Members, Reader, Record};

/// A member's name in the form that [`Members`] uses.
macro_rules! name {
    ($name:ident) => {
        concat!("\"", stringify!($name), "\":")
    };
}

/// The name of the required member.
macro_rules! required {
    () => {
        None
    };
    ($name:ident) => {
        Some(stringify!($name))
    };
}

/// Describes records whose fields have the names of Stytch's members, in the order in which
/// Stytch sends them, each with the method of [`Reader`] that reads it. Other members go to
/// `extra`. A required member is a string and comes first; `first` is the initial capacity
/// of a list.
macro_rules! records {
    ($($record:ident $(requires $required:ident)? $(first $first:literal)? {
        $($member:ident: $read:ident),+ $(,)?
    })+) => {$(
        impl Known for $record {
            const MEMBERS: Members = Members {
                names: &[$(name!($required),)? $(name!($member)),+],
                required: required!($($required)?),
            };
        }

        impl Record for $record {
            fn read(&mut self, member: usize, reader: &mut Reader) -> Done {
                #[expect(non_camel_case_types, reason = "the names of members")]
                enum At { $($required,)? $($member),+ }
                match member {
                    $(at if at == At::$required as usize => {
                        reader.required_text(&mut self.$required)
                    })?
                    $(at if at == At::$member as usize => reader.$read(&mut self.$member),)+
                    _ => reader.skip(),
                }
            }

            fn read_other(&mut self, name: &str, reader: &mut Reader) -> Done {
                reader.extra(name, &mut self.extra)
            }

            $(fn is_complete(&self) -> bool {
                !self.$required.is_empty()
            })?
        }

        impl Item for $record {
            $(const FIRST: usize = $first;)?

            fn empty() -> Self {
                Self {
                    $($required: String::new(),)?
                    $($member: None,)+
                    extra: None,
                }
            }

            fn read_item(&mut self, reader: &mut Reader) -> Done {
                reader.item(self)
            }
        }
    )+};
}

records! {
    User requires user_id first 1000 {
        emails: list,
        status: text,
        phone_numbers: list,
        webauthn_registrations: list,
        providers: list,
        totps: list,
        crypto_wallets: list,
        biometric_registrations: list,
        is_locked: boolean,
        roles: list,
        name: record,
        created_at: text,
        password: record,
        trusted_metadata: json,
        untrusted_metadata: json,
        external_id: text,
        lock_created_at: text,
        lock_expires_at: text,
    }
    Name { first_name: text, middle_name: text, last_name: text }
    Email { email_id: text, email: text, verified: boolean }
    PhoneNumber { phone_id: text, phone_number: text, verified: boolean }
    WebauthnRegistration {
        webauthn_registration_id: text,
        domain: text,
        user_agent: text,
        verified: boolean,
        authenticator_type: text,
        name: text,
    }
    OauthProvider {
        provider_type: text,
        provider_subject: text,
        profile_picture_url: text,
        locale: text,
        oauth_user_registration_id: text,
    }
    Totp { totp_id: text, verified: boolean }
    CryptoWallet {
        crypto_wallet_id: text,
        crypto_wallet_address: text,
        crypto_wallet_type: text,
        verified: boolean,
    }
    BiometricRegistration { biometric_registration_id: text, verified: boolean }
    Password { password_id: text, requires_reset: boolean }
    ResultsMetadata { total: integer, next_cursor: text }
}

/// The position of a page among all results.
pub(crate) struct ResultsMetadata {
    pub(crate) total: Option<i64>,
    pub(crate) next_cursor: Option<String>,
    pub(crate) extra: Option<String>,
}

/// The response to `GET /v1/users/{user_id}`: the members of the user and of the envelope
/// in one object.
pub(crate) struct UserResponse {
    pub(crate) retrieved: RetrievedUser,
    /// Whether it has a member that users do not have: it is the response of another
    /// endpoint, and contains a user or a session.
    pub(crate) is_another: bool,
}

impl UserResponse {
    /// Creates an empty response.
    pub(crate) fn empty() -> Self {
        let user = User::empty();
        Self {
            retrieved: RetrievedUser {
                request_id: None,
                user,
            },
            is_another: false,
        }
    }
}

impl Known for UserResponse {
    const MEMBERS: Members = Members {
        names: User::MEMBERS.names,
        // The caller checks the user ID, and reports a more specific error.
        required: None,
    };
}

impl Record for UserResponse {
    fn read(&mut self, member: usize, reader: &mut Reader) -> Done {
        self.retrieved.user.read(member, reader)
    }

    fn read_other(&mut self, name: &str, reader: &mut Reader) -> Done {
        match name {
            "request_id" => return reader.text(&mut self.retrieved.request_id),
            // The HTTP status again.
            "status_code" => return reader.skip(),
            "user" | "member" | "session" | "session_token" | "session_jwt" => {
                self.is_another = true;
            }
            _ => {}
        }
        self.retrieved.user.read_other(name, reader)
    }
}

/// The response to `POST /v1/users/search`.
#[derive(Default)]
pub(crate) struct PageResponse {
    pub(crate) request_id: Option<String>,
    pub(crate) results: Option<Vec<User>>,
    /// Whether there were results, `null` included.
    pub(crate) has_results: bool,
    pub(crate) results_metadata: Option<ResultsMetadata>,
    pub(crate) extra: Option<String>,
}

impl Known for PageResponse {
    const MEMBERS: Members = Members {
        names: &[
            name!(request_id),
            name!(results),
            name!(results_metadata),
            name!(status_code),
        ],
        required: None,
    };
}

impl Record for PageResponse {
    fn read(&mut self, member: usize, reader: &mut Reader) -> Done {
        match member {
            0 => reader.text(&mut self.request_id),
            1 => {
                self.has_results = true;
                reader.list(&mut self.results)
            }
            2 => reader.record(&mut self.results_metadata),
            // The HTTP status again.
            _ => reader.skip(),
        }
    }

    fn read_other(&mut self, name: &str, reader: &mut Reader) -> Done {
        reader.extra(name, &mut self.extra)
    }
}

/// A response with an error status. OAuth endpoints use other member names.
pub(crate) struct ErrorResponse {
    pub(crate) error: ApiError,
    pub(crate) status_code: Option<i64>,
    pub(crate) oauth_error: Option<String>,
    pub(crate) oauth_description: Option<String>,
    pub(crate) oauth_uri: Option<String>,
}

impl ErrorResponse {
    /// Creates an empty response.
    pub(crate) fn empty() -> Self {
        Self {
            error: ApiError {
                status: 0,
                error_type: None,
                message: None,
                request_id: None,
                error_url: None,
                details: None,
                retry_after_ms: None,
            },
            status_code: None,
            oauth_error: None,
            oauth_description: None,
            oauth_uri: None,
        }
    }
}

impl Known for ErrorResponse {
    const MEMBERS: Members = Members {
        names: &[
            name!(status_code),
            name!(request_id),
            name!(error_type),
            name!(error_message),
            name!(error_url),
            name!(error_details),
            name!(error),
            name!(error_description),
            name!(error_uri),
        ],
        required: None,
    };
}

impl Record for ErrorResponse {
    fn read(&mut self, member: usize, reader: &mut Reader) -> Done {
        let text = match member {
            0 => return reader.integer(&mut self.status_code),
            1 => &mut self.error.request_id,
            2 => &mut self.error.error_type,
            3 => &mut self.error.message,
            4 => &mut self.error.error_url,
            5 => return reader.json(&mut self.error.details),
            6 => &mut self.oauth_error,
            7 => &mut self.oauth_description,
            _ => &mut self.oauth_uri,
        };
        reader.text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NEVER_REUSES;
    use alloc::format;
    use stytch_decode::{DecodeError, decode};

    fn try_read<R: Known>(json: &str, mut record: R) -> Result<R, DecodeError> {
        decode(NEVER_REUSES, json.into(), &mut record).map(|()| record)
    }

    fn user(json: &str) -> User {
        try_read(json, User::empty()).unwrap()
    }

    #[test]
    fn separates_the_envelope_from_the_user() {
        let json = r#"{"status_code":200,"request_id":"r","user_id":"u","status_code_x":1}"#;
        let retrieved = try_read(json, UserResponse::empty()).unwrap().retrieved;
        assert_eq!(retrieved.request_id.as_deref(), Some("r"));
        assert_eq!(retrieved.user.user_id, "u");
        assert_eq!(
            retrieved.user.extra.as_deref(),
            Some(r#"{"status_code_x":1}"#)
        );
    }

    #[test]
    fn treats_null_as_absent() {
        let null = r#"{"user_id":"u","emails":null,"roles":null,"name":null,"is_locked":null,
            "trusted_metadata":null,"password":null,"created_at":null}"#;
        let [null, absent]: [User; 2] = [null, r#"{"user_id":"u"}"#].map(user);
        assert_eq!(format!("{null:?}"), format!("{absent:?}"));
        assert!(null.emails.is_none() && null.is_locked.is_none() && null.extra.is_none());
    }

    #[test]
    fn keeps_unknown_members_at_every_level_unchanged() {
        let user = user(
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
    fn keeps_the_text_of_metadata() {
        let user = user(
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
    fn uses_the_last_of_repeated_members() {
        let user = user(r#"{"user_id":"a","status":"x","user_id":"b","status":null}"#);
        assert_eq!((user.user_id.as_str(), user.status), ("b", None));
    }

    #[test]
    fn rejects_a_user_without_an_id() {
        for json in ["{}", r#"{"user_id":null}"#, r#"{"user_id":""}"#] {
            assert!(try_read(json, User::empty()).is_err(), "{json}");
        }
    }
}
