//! One flag for each of Stytch's filters.

use crate::error::Usage;
use clap::Args;
use clap::builder::NonEmptyStringValueParser as NonEmpty;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use stytch_host::types::{CreatedAtRange, Filter};

/// Filters on users.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    /// Has this status
    ///
    /// Example: --status active
    #[arg(long, value_name = "active|pending")]
    status: Option<String>,

    /// Has one of these e-mail addresses
    ///
    /// Example: --email jane@example.com,joe@example.com
    #[arg(long, value_name = "EMAIL", value_delimiter = ',', value_parser = NonEmpty::new())]
    email: Vec<String>,

    /// Has an e-mail address that begins with this text, or whose domain does
    ///
    /// Example: --email-fuzzy jane
    #[arg(long, value_name = "TEXT")]
    email_fuzzy: Option<String>,

    /// Has an e-mail address with one of these Stytch IDs
    ///
    /// Example: --email-id email-test-81bf03a8-86e1-4d95-bd44-bb3495224953
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = NonEmpty::new())]
    email_id: Vec<String>,

    /// Has a verified e-mail address (true), or an unverified one (false)
    ///
    /// Example: --email-verified false
    #[arg(long, value_name = "true|false")]
    email_verified: Option<bool>,

    /// Has one of these phone numbers, in E.164 form
    ///
    /// Example: --phone +12025550162
    #[arg(long, value_name = "PHONE", value_delimiter = ',', value_parser = NonEmpty::new())]
    phone: Vec<String>,

    /// Has a phone number that contains this text
    ///
    /// Example: --phone-fuzzy 202555
    #[arg(long, value_name = "TEXT")]
    phone_fuzzy: Option<String>,

    /// Has a phone number with one of these Stytch IDs
    ///
    /// Example: --phone-id phone-number-test-d5a3b680-e8a3-40c0-b815-ab79986666d0
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = NonEmpty::new())]
    phone_id: Vec<String>,

    /// Has a verified phone number (true), or an unverified one (false)
    ///
    /// Example: --phone-verified true
    #[arg(long, value_name = "true|false")]
    phone_verified: Option<bool>,

    /// The first or last name begins with this text
    ///
    /// Example: --name-fuzzy Jane
    #[arg(long, value_name = "TEXT")]
    name_fuzzy: Option<String>,

    /// Created after this time
    ///
    /// Example: --created-after 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    created_after: Option<String>,

    /// Created before this time
    ///
    /// Example: --created-before 2026-01-31T18:30:00+01:00
    #[arg(long, value_name = "TIME", value_parser = timestamp)]
    created_before: Option<String>,

    /// Created between two times, in one filter
    ///
    /// Example: --created-between 2026-01-01T00:00:00Z,2026-02-01T00:00:00Z
    #[arg(long, value_name = "TIME,TIME", value_parser = range)]
    created_between: Option<(String, String)>,

    /// Has one of these Stytch user IDs, or one of these external IDs
    ///
    /// Example: --user-id user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6,my-own-id
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = NonEmpty::new())]
    user_id: Vec<String>,

    /// Has logged in with one of these OAuth providers, such as Google
    ///
    /// Example: --oauth-provider Google,GitHub
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = NonEmpty::new())]
    oauth_provider: Vec<String>,

    /// Has a passkey or other WebAuthn registration with one of these Stytch IDs
    ///
    /// Example: --webauthn-registration-id webauthn-registration-test-5c44cc6a-8af7-48d6-8da7-ea821342f5a6
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = NonEmpty::new())]
    webauthn_registration_id: Vec<String>,

    /// Has a verified WebAuthn registration (true), or an unverified one (false)
    ///
    /// Example: --webauthn-registration-verified true
    #[arg(long, value_name = "true|false")]
    webauthn_registration_verified: Option<bool>,

    /// Has a crypto wallet with one of these Stytch IDs
    ///
    /// Example: --crypto-wallet-id crypto-wallet-test-dbbd372b-79b8-40e9-bc5d-2d9b6b6a8b5a
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = NonEmpty::new())]
    crypto_wallet_id: Vec<String>,

    /// Has a crypto wallet with one of these addresses
    ///
    /// Example: --crypto-wallet-address 0xd30327be7df57a4630bd7e99230e1fe46e5cb03b
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', value_parser = NonEmpty::new())]
    crypto_wallet_address: Vec<String>,

    /// Has a verified crypto wallet (true), or an unverified one (false)
    ///
    /// Example: --crypto-wallet-verified true
    #[arg(long, value_name = "true|false")]
    crypto_wallet_verified: Option<bool>,

    /// Has an authenticator app with one of these Stytch IDs
    ///
    /// Example: --totp-id totp-test-4bb91120-adb9-427d-b1e7-3cac1b744b04
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = NonEmpty::new())]
    totp_id: Vec<String>,

    /// Has a verified authenticator app (true), or an unverified one (false)
    ///
    /// Example: --totp-verified true
    #[arg(long, value_name = "true|false")]
    totp_verified: Option<bool>,

    /// Has a password (true), or none (false)
    ///
    /// Example: --password-exists false
    #[arg(long, value_name = "true|false")]
    password_exists: Option<bool>,
}

impl Filters {
    /// Rejects times that no user can be between. Not for filters joined by OR, where a
    /// user has to match only one of them.
    pub(crate) fn check_times(&self) -> Result<(), Usage> {
        match (&self.created_after, &self.created_before) {
            (Some(after), Some(before)) if is_after(after, before) => Err(Usage::new(
                "--created-after is later than --created-before, so no user can match both",
            )
            .hint("swap them, or use --any to find users that match either")),
            _ => Ok(()),
        }
    }

    /// The filters that were given, in the order of the help.
    pub(crate) fn into_operands(self) -> Vec<Filter> {
        fn list(values: Vec<String>, filter: fn(Vec<String>) -> Filter) -> Option<Filter> {
            (!values.is_empty()).then(|| filter(values))
        }
        let range = |(greater_than, less_than)| {
            Filter::CreatedAtBetween(CreatedAtRange {
                greater_than,
                less_than,
            })
        };
        [
            self.status.map(Filter::Status),
            list(self.email, Filter::EmailAddress),
            self.email_fuzzy.map(Filter::EmailAddressFuzzy),
            list(self.email_id, Filter::EmailId),
            self.email_verified.map(Filter::EmailVerified),
            list(self.phone, Filter::PhoneNumber),
            self.phone_fuzzy.map(Filter::PhoneNumberFuzzy),
            list(self.phone_id, Filter::PhoneId),
            self.phone_verified.map(Filter::PhoneVerified),
            self.name_fuzzy.map(Filter::FullNameFuzzy),
            self.created_after.map(Filter::CreatedAtGreaterThan),
            self.created_before.map(Filter::CreatedAtLessThan),
            self.created_between.map(range),
            list(self.user_id, Filter::UserId),
            list(self.oauth_provider, Filter::OauthProvider),
            list(
                self.webauthn_registration_id,
                Filter::WebauthnRegistrationId,
            ),
            self.webauthn_registration_verified
                .map(Filter::WebauthnRegistrationVerified),
            list(self.crypto_wallet_id, Filter::CryptoWalletId),
            list(self.crypto_wallet_address, Filter::CryptoWalletAddress),
            self.crypto_wallet_verified
                .map(Filter::CryptoWalletVerified),
            list(self.totp_id, Filter::TotpId),
            self.totp_verified.map(Filter::TotpVerified),
            self.password_exists.map(Filter::PasswordExists),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Parses an RFC 3339 time, and keeps it as written. The component also rejects other
/// input, but here the message can name the flag.
fn timestamp(text: &str) -> Result<String, String> {
    if !stytch_time::is_date_time(text) {
        return Err("not an RFC 3339 time, such as 2026-01-31T00:00:00Z".to_owned());
    }
    if text.get(17..19) == Some("60") && !may_be_leap_second(text) {
        return Err(
            "second 60 is a leap second, which is only valid at the end of a month, at 23:59:60 UTC"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// Whether a time with second 60 is at the end of a month (RFC 3339, section 5.7). Does
/// not check which months had a leap second.
fn may_be_leap_second(text: &str) -> bool {
    // jiff parses second 60 as second 59.
    let Ok(before) = text.parse::<Timestamp>() else {
        // Outside of the range that jiff supports.
        return true;
    };
    let after = before.to_zoned(TimeZone::UTC).checked_add(1.second());
    after.is_ok_and(|after| after.day() == 1 && (after.hour(), after.minute()) == (0, 0))
}

/// Whether `first` is after `second`; false if jiff cannot parse one of them.
fn is_after(first: &str, second: &str) -> bool {
    match (first.parse::<Timestamp>(), second.parse::<Timestamp>()) {
        (Ok(first), Ok(second)) => first > second,
        _ => false,
    }
}

fn range(text: &str) -> Result<(String, String), String> {
    let (after, before) = text
        .split_once(',')
        .ok_or("not two times separated by a comma")?;
    let (after, before) = (timestamp(after)?, timestamp(before)?);
    if is_after(&after, &before) {
        return Err("the first time is after the second; swap them".to_owned());
    }
    Ok((after, before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_second_is_only_valid_at_the_end_of_a_month() {
        for text in [
            "2016-12-31T23:59:60Z",
            "1990-12-31T15:59:60-08:00",
            "2016-12-31t23:59:60.5z",
            "2017-01-01T05:29:60+05:30",
            "9999-12-31T23:59:60Z",
        ] {
            assert_eq!(timestamp(text), Ok(text.to_owned()));
        }
        for text in [
            "2016-12-31T12:00:60Z",
            "2016-12-30T23:59:60Z",
            "2016-12-31T23:59:60+01:00",
            "2017-01-01T00:00:60Z",
        ] {
            assert!(
                timestamp(text).unwrap_err().contains("leap second"),
                "{text}"
            );
        }
    }

    #[test]
    fn times_in_the_wrong_order_are_rejected() {
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-01T00:30:00-01:00");
        assert!(range(&format!("{early},{late}")).is_ok());
        assert!(range(&format!("{early},{early}")).is_ok());
        let error = range(&format!("{late},{early}")).unwrap_err();
        assert!(error.contains("swap them"), "{error}");
    }
}
