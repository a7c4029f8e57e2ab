use clap::{Args as ClapArgs, Subcommand};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use stytch_service::Operation;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Tokens are for callers of `stytch-host serve`. Without any, it creates one for each run.

Examples:
  stytch-host token create ci --credential acme-test --expires 90d
  stytch-host token create support --operation retrieve-user,check
  stytch-host token list
  stytch-host token revoke ci")]
pub(crate) enum TokenCommand {
    /// Create a token and print it; it cannot be shown again
    Create(CreateToken),
    /// List the tokens and what they permit, not the tokens themselves
    #[command(after_help = "\
Examples:
  stytch-host token list
  stytch-host token list --output json")]
    List,
    /// Revoke a token; a running service rejects it within a few seconds
    #[command(after_help = "\
Example:
  stytch-host token revoke ci")]
    Revoke(RevokeToken),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The service keeps only a hash of the token. --credential limits it to these credentials,
separated by commas; without it, the token permits all of them.

Examples:
  stytch-host token create ci --credential acme-test,acme-live --expires 90d
  stytch-host token create support --operation retrieve-user")]
pub(crate) struct CreateToken {
    /// The name: letters, digits, hyphens, underscores and dots, at most 64
    ///
    /// Example: ci
    pub(crate) name: String,

    /// Limit the token to these operations: retrieve-user, search-users, check
    ///
    /// Example: --operation retrieve-user,check
    #[arg(long, value_name = "OPERATION", value_delimiter = ',', value_parser = operation)]
    pub(crate) operation: Vec<Operation>,

    /// Expire the token after this time, or at this time
    ///
    /// Example: --expires 90d
    #[arg(long, value_name = "TIME", value_parser = expires, allow_negative_numbers = true)]
    pub(crate) expires: Option<Timestamp>,

    /// Permit adding, replacing and removing stored credentials in the console
    ///
    /// Not together with --credential: it concerns all of them.
    ///
    /// Example: --manage-credentials
    #[arg(long, conflicts_with = "credential")]
    pub(crate) manage_credentials: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RevokeToken {
    /// Which one
    ///
    /// Example: ci
    pub(crate) name: String,
}

fn operation(text: &str) -> Result<Operation, String> {
    let mut operations = Operation::ALL.into_iter();
    operations
        .find(|operation| operation.name() == text)
        .ok_or_else(|| "must be retrieve-user, search-users or check".to_owned())
}

fn expires(text: &str) -> Result<Timestamp, String> {
    expires_from(text, Timestamp::now())
}

fn expires_from(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let time = match text.parse::<Timestamp>() {
        Ok(time) => Some(time),
        Err(_) => text.parse::<Span>().ok().and_then(|span| {
            // A day is 24 hours in UTC.
            let time = now.to_zoned(TimeZone::UTC).checked_add(span);
            Some(time.ok()?.timestamp())
        }),
    };
    match time {
        Some(time) if time > now => Ok(time),
        Some(_) => Err("is in the past".to_owned()),
        None => Err(
            "not a duration such as 90d or 12h, or a time such as 2027-01-31T00:00:00Z".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_expires_after_a_duration_or_at_a_time() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90d", Ok("2026-04-01T00:00:00Z")),
            ("12h", Ok("2026-01-01T12:00:00Z")),
            ("1y", Ok("2027-01-01T00:00:00Z")),
            ("2027-01-31T00:00:00Z", Ok("2027-01-31T00:00:00Z")),
            ("2025-12-31T00:00:00Z", Err("in the past")),
            ("-1d", Err("in the past")),
            ("0s", Err("in the past")),
            ("soon", Err("not a duration")),
            ("", Err("not a duration")),
            ("99999999999y", Err("not a duration")),
        ] {
            match (expires_from(text, now), expected) {
                (Ok(time), Ok(expected)) => assert_eq!(time.to_string(), expected, "{text}"),
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
                (result, _) => panic!("{text}: {result:?}"),
            }
        }
    }
}
