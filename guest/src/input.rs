//! Validates the input before a request is sent. Errors name the field as the contract does
//! and do not quote its value.

use crate::bindings::exports::stytch::users::types::{
    CustomFilter, Error, Filter, InputProblem, Query, SearchRequest,
};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

/// The maximum length of an external ID, in characters.
///
/// Source: <https://stytch.com/docs/guides/migrations/external-ids>
const MAX_USER_ID_LENGTH: usize = 128;

/// The maximum page size, in users.
///
/// Source: <https://stytch.com/docs/api/search-users>
const MAX_LIMIT: u32 = 1000;

/// Checks a user ID and encodes it as one path segment.
///
/// The alphabet excludes `/`, `?`, `#` and `%`. `.` and `..` are refused because URL
/// libraries would resolve them as relative paths.
pub(crate) fn user_id_to_segment(user_id: &str) -> Result<String, Error> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '|' | '-');
    if user_id.is_empty() {
        return Err(invalid(
            "user-id",
            "is empty; use a Stytch user ID or an external ID",
        ));
    }
    if !user_id.chars().all(legal) {
        return Err(invalid(
            "user-id",
            "has a character other than A-Z a-z 0-9 . _ | -, which are the only ones in Stytch user IDs and external IDs",
        ));
    }
    if user_id.len() > MAX_USER_ID_LENGTH {
        return Err(invalid("user-id", "is longer than 128 characters"));
    }
    if matches!(user_id, "." | "..") {
        return Err(invalid("user-id", "is a relative path segment, not an ID"));
    }
    // All other characters of the alphabet are unreserved in RFC 3986.
    Ok(user_id.replace('|', "%7C"))
}

/// Checks all parts of a search.
pub(crate) fn check_search(request: &SearchRequest) -> Result<(), Error> {
    if let Some(limit) = request.limit
        && !(1..=MAX_LIMIT).contains(&limit)
    {
        return Err(invalid("request.limit", "is outside 1 to 1000"));
    }
    if let Some(cursor) = &request.cursor {
        check_text(cursor, || "request.cursor".to_owned())?;
    }
    match &request.query {
        Some(query) => check_query(query),
        None => Ok(()),
    }
}

fn check_query(query: &Query) -> Result<(), Error> {
    for (index, filter) in query.operands.iter().enumerate() {
        let field = || format!("request.query.operands[{index}]");
        match filter {
            Filter::CreatedAtGreaterThan(time) | Filter::CreatedAtLessThan(time) => {
                check_time(time, &field)?;
            }
            Filter::Status(text)
            | Filter::FullNameFuzzy(text)
            | Filter::PhoneNumberFuzzy(text)
            | Filter::EmailAddressFuzzy(text) => check_text(text, field)?,
            Filter::CreatedAtBetween(range) => {
                check_time(&range.greater_than, &|| field() + ".greater-than")?;
                check_time(&range.less_than, &|| field() + ".less-than")?;
            }
            Filter::UserId(list)
            | Filter::PhoneNumber(list)
            | Filter::PhoneId(list)
            | Filter::EmailAddress(list)
            | Filter::EmailId(list)
            | Filter::OauthProvider(list)
            | Filter::WebauthnRegistrationId(list)
            | Filter::CryptoWalletId(list)
            | Filter::CryptoWalletAddress(list)
            | Filter::TotpId(list) => {
                for (item, text) in list.iter().enumerate() {
                    check_text(text, || format!("{}[{item}]", field()))?;
                }
            }
            Filter::PhoneVerified(_)
            | Filter::EmailVerified(_)
            | Filter::WebauthnRegistrationVerified(_)
            | Filter::CryptoWalletVerified(_)
            | Filter::TotpVerified(_)
            | Filter::PasswordExists(_) => {}
            Filter::Other(custom) => check_custom(custom, field)?,
        }
    }
    Ok(())
}

fn check_custom(custom: &CustomFilter, field: impl Fn() -> String) -> Result<(), Error> {
    let name = || field() + ".filter-name";
    if custom.filter_name.is_empty() {
        return Err(invalid(name(), "is empty"));
    }
    check_text(&custom.filter_name, name)?;
    // JSON itself allows no control characters other than white space.
    stytch_decode::check(&custom.filter_value).map_err(|error| {
        invalid(
            field() + ".filter-value",
            format!("is not one JSON value: {error}; a string needs its quotes"),
        )
    })
}

/// Stytch might refuse other times, or misinterpret them.
fn check_time(time: &str, field: &dyn Fn() -> String) -> Result<(), Error> {
    if stytch_time::is_date_time(time) {
        return Ok(());
    }
    Err(invalid(
        field(),
        "is not an RFC 3339 time, such as 2024-01-01T00:00:00Z",
    ))
}

/// Stytch's values never contain control characters. A value with one is a mistake, or an
/// attack on programs that print it later.
fn check_text(text: &str, field: impl FnOnce() -> String) -> Result<(), Error> {
    if text.chars().any(char::is_control) {
        return Err(invalid(field(), "has a control character"));
    }
    Ok(())
}

fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Error {
    Error::InvalidInput(InputProblem {
        field: field.into(),
        reason: reason.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::exports::stytch::users::types::{CreatedAtRange, Operator};
    use alloc::{vec, vec::Vec};

    fn field_of(result: Result<(), Error>) -> Option<String> {
        match result {
            Ok(()) => None,
            Err(Error::InvalidInput(problem)) => Some(problem.field),
            Err(other) => panic!("not invalid-input: {other:?}"),
        }
    }

    fn search(operands: Vec<Filter>) -> SearchRequest {
        SearchRequest {
            query: Some(Query {
                operator: Operator::And,
                operands,
            }),
            limit: None,
            cursor: None,
        }
    }

    #[test]
    fn encodes_a_user_id_as_one_segment() {
        for (id, segment) in [
            ("user-test-16d9ba61", "user-test-16d9ba61"),
            ("ext|id.1_a-b", "ext%7Cid.1_a-b"),
            ("a", "a"),
            ("...", "..."),
        ] {
            assert_eq!(user_id_to_segment(id).unwrap(), segment);
        }
        assert!(user_id_to_segment(&"x".repeat(128)).is_ok());
    }

    #[test]
    fn refuses_invalid_user_ids() {
        let long = "x".repeat(129);
        for id in [
            "",
            ".",
            "..",
            "../sessions",
            "a/b",
            "a%2Fb",
            "a?b",
            "a#b",
            "a b",
            "a\0",
            "ü",
            "a\n",
            &long,
        ] {
            let field = field_of(user_id_to_segment(id).map(drop));
            assert_eq!(field.as_deref(), Some("user-id"), "{id:?}");
        }
    }

    #[test]
    fn checks_limits_and_cursors() {
        for (limit, field) in [
            (None, None),
            (Some(1), None),
            (Some(1000), None),
            (Some(0), Some("request.limit")),
            (Some(1001), Some("request.limit")),
            (Some(u32::MAX), Some("request.limit")),
        ] {
            let request = SearchRequest {
                query: None,
                limit,
                cursor: None,
            };
            assert_eq!(
                field_of(check_search(&request)).as_deref(),
                field,
                "{limit:?}"
            );
        }
        let request = SearchRequest {
            query: None,
            limit: None,
            cursor: Some("a\u{7f}".into()),
        };
        assert_eq!(
            field_of(check_search(&request)).as_deref(),
            Some("request.cursor")
        );
    }

    #[test]
    fn refuses_control_characters_in_every_field() {
        let bad = || "a\u{1b}[2J".to_owned();
        let custom = |name: &str, value: &str| {
            Filter::Other(CustomFilter {
                filter_name: name.into(),
                filter_value: value.into(),
            })
        };
        for (filter, suffix) in [
            (Filter::Status(bad()), ""),
            (Filter::CreatedAtGreaterThan(bad()), ""),
            (Filter::CreatedAtLessThan(bad()), ""),
            (Filter::FullNameFuzzy(bad()), ""),
            (Filter::PhoneNumberFuzzy(bad()), ""),
            (Filter::EmailAddressFuzzy(bad()), ""),
            (
                Filter::CreatedAtBetween(CreatedAtRange {
                    greater_than: bad(),
                    less_than: String::new(),
                }),
                ".greater-than",
            ),
            (
                Filter::CreatedAtBetween(CreatedAtRange {
                    greater_than: "2024-01-01T00:00:00Z".to_owned(),
                    less_than: bad(),
                }),
                ".less-than",
            ),
            (Filter::UserId(vec!["a".into(), bad()]), "[1]"),
            (Filter::PhoneNumber(vec![bad()]), "[0]"),
            (Filter::PhoneId(vec![bad()]), "[0]"),
            (Filter::EmailAddress(vec![bad()]), "[0]"),
            (Filter::EmailId(vec![bad()]), "[0]"),
            (Filter::OauthProvider(vec![bad()]), "[0]"),
            (Filter::WebauthnRegistrationId(vec![bad()]), "[0]"),
            (Filter::CryptoWalletId(vec![bad()]), "[0]"),
            (Filter::CryptoWalletAddress(vec![bad()]), "[0]"),
            (Filter::TotpId(vec![bad()]), "[0]"),
            (custom("", "1"), ".filter-name"),
            (custom("a\n", "1"), ".filter-name"),
            (custom("a", ""), ".filter-value"),
            (custom("a", "red"), ".filter-value"),
            (custom("a", "1 2"), ".filter-value"),
            (custom("a", "\"\u{1}\""), ".filter-value"),
        ] {
            let expected = format!("request.query.operands[1]{suffix}");
            let request = search(vec![Filter::PasswordExists(true), filter.clone()]);
            assert_eq!(
                field_of(check_search(&request)),
                Some(expected),
                "{filter:?}"
            );
        }
    }

    #[test]
    fn refuses_times_that_are_not_rfc_3339_with_an_example() {
        let good = || "9999-12-31T23:59:59.123456789012+01:00".to_owned();
        let range = |greater_than, less_than| {
            Filter::CreatedAtBetween(CreatedAtRange {
                greater_than,
                less_than,
            })
        };
        for bad in [
            "",
            "20240101T000000Z",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00Z",
            "2024-01-01",
        ] {
            for (filter, suffix) in [
                (Filter::CreatedAtGreaterThan(bad.to_owned()), ""),
                (Filter::CreatedAtLessThan(bad.to_owned()), ""),
                (range(bad.to_owned(), good()), ".greater-than"),
                (range(good(), bad.to_owned()), ".less-than"),
            ] {
                let Err(Error::InvalidInput(problem)) = check_search(&search(vec![filter])) else {
                    panic!("{bad:?} passed");
                };
                assert_eq!(problem.field, format!("request.query.operands[0]{suffix}"));
                assert!(problem.reason.contains("2024-01-01T00:00:00Z"));
            }
        }
        for filter in [
            Filter::CreatedAtGreaterThan(good()),
            Filter::CreatedAtLessThan("1990-12-31t23:59:60z".to_owned()),
            range(good(), good()),
        ] {
            assert_eq!(field_of(check_search(&search(vec![filter]))), None);
        }
    }

    #[test]
    fn accepts_valid_searches() {
        let request = search(vec![
            Filter::UserId(vec![]),
            Filter::FullNameFuzzy("Ærøskøbing".into()),
            Filter::Other(CustomFilter {
                filter_name: "new".into(),
                filter_value: "{\n \"a\": [null]}".into(),
            }),
        ]);
        assert_eq!(field_of(check_search(&request)), None);
    }
}
