//! Builds search requests.

use crate::contract::types::{
    CreatedAtRange, CustomFilter, Filter, Operator, Query, SearchRequest,
};

/// A search: its filters, page size and cursor. Without a filter it finds every user.
///
/// Filters are combined with AND, or with OR after [`any`](Self::any). The component and
/// Stytch validate the values when the call is made. The filters are those of
/// [Search users](https://stytch.com/docs/api/search-users); the contract
/// (`wit/types.wit`) documents their exact meaning.
///
/// ```
/// use stytch_host::search::Search;
///
/// let request = Search::new()
///     .email("jane@example.com")
///     .status("active")
///     .limit(50)
///     .build();
/// assert_eq!(request.limit, Some(50));
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Search {
    any: bool,
    filters: Vec<Filter>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Converts the values of a filter that takes a list.
fn list<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(Into::into).collect()
}

impl Search {
    /// Creates a search for every user.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds users that match any filter rather than all of them.
    pub fn any(mut self) -> Self {
        self.any = true;
        self
    }

    /// Sets the maximum number of users on a page, 1 to 1,000; Stytch's default is 100.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Continues from the `next_cursor` of a page of the same search.
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    /// Adds any filter of the contract.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Adds a filter that the contract does not define, by Stytch's `filter_name` and with
    /// its `filter_value` as JSON text.
    pub fn custom(self, name: impl Into<String>, json: impl Into<String>) -> Self {
        self.filter(Filter::Other(CustomFilter {
            filter_name: name.into(),
            filter_value: json.into(),
        }))
    }

    /// Created after this time (RFC 3339, such as `2024-01-01T00:00:00Z`).
    pub fn created_after(self, time: impl Into<String>) -> Self {
        self.filter(Filter::CreatedAtGreaterThan(time.into()))
    }

    /// Created before this time (RFC 3339).
    pub fn created_before(self, time: impl Into<String>) -> Self {
        self.filter(Filter::CreatedAtLessThan(time.into()))
    }

    /// Created between these two times (RFC 3339).
    pub fn created_between(self, after: impl Into<String>, before: impl Into<String>) -> Self {
        self.filter(Filter::CreatedAtBetween(CreatedAtRange {
            greater_than: after.into(),
            less_than: before.into(),
        }))
    }

    /// Has this status: `active` or `pending`.
    pub fn status(self, status: impl Into<String>) -> Self {
        self.filter(Filter::Status(status.into()))
    }

    /// Has one of these IDs: all of them Stytch's user IDs, or all of them external IDs.
    pub fn user_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::UserId(list(ids)))
    }

    /// The first or last name begins with this text.
    pub fn name_fuzzy(self, text: impl Into<String>) -> Self {
        self.filter(Filter::FullNameFuzzy(text.into()))
    }

    /// Has this e-mail address.
    pub fn email(self, address: impl Into<String>) -> Self {
        self.emails([address])
    }

    /// Has one of these e-mail addresses.
    pub fn emails<T: Into<String>>(self, addresses: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::EmailAddress(list(addresses)))
    }

    /// Has an e-mail address that begins with this text, or whose domain does.
    pub fn email_fuzzy(self, text: impl Into<String>) -> Self {
        self.filter(Filter::EmailAddressFuzzy(text.into()))
    }

    /// Has an e-mail address with one of these Stytch IDs.
    pub fn email_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::EmailId(list(ids)))
    }

    /// Has an e-mail address that is verified, or one that is not.
    pub fn email_verified(self, verified: bool) -> Self {
        self.filter(Filter::EmailVerified(verified))
    }

    /// Has this phone number, in E.164.
    pub fn phone(self, number: impl Into<String>) -> Self {
        self.phones([number])
    }

    /// Has one of these phone numbers, in E.164.
    pub fn phones<T: Into<String>>(self, numbers: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::PhoneNumber(list(numbers)))
    }

    /// Has a phone number that contains this text.
    pub fn phone_fuzzy(self, text: impl Into<String>) -> Self {
        self.filter(Filter::PhoneNumberFuzzy(text.into()))
    }

    /// Has a phone number with one of these Stytch IDs.
    pub fn phone_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::PhoneId(list(ids)))
    }

    /// Has a phone number that is verified, or one that is not.
    pub fn phone_verified(self, verified: bool) -> Self {
        self.filter(Filter::PhoneVerified(verified))
    }

    /// Has logged in with one of these OAuth providers, such as `Google`.
    pub fn oauth_providers<T: Into<String>>(self, types: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::OauthProvider(list(types)))
    }

    /// Has a WebAuthn registration with one of these Stytch IDs.
    pub fn webauthn_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::WebauthnRegistrationId(list(ids)))
    }

    /// Has a WebAuthn registration that is verified, or one that is not.
    pub fn webauthn_verified(self, verified: bool) -> Self {
        self.filter(Filter::WebauthnRegistrationVerified(verified))
    }

    /// Has a crypto wallet with one of these Stytch IDs.
    pub fn crypto_wallet_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::CryptoWalletId(list(ids)))
    }

    /// Has a crypto wallet with one of these addresses.
    pub fn crypto_wallets<T: Into<String>>(self, addresses: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::CryptoWalletAddress(list(addresses)))
    }

    /// Has a crypto wallet that is verified, or one that is not.
    pub fn crypto_wallet_verified(self, verified: bool) -> Self {
        self.filter(Filter::CryptoWalletVerified(verified))
    }

    /// Has an authenticator app (TOTP) with one of these Stytch IDs.
    pub fn totp_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.filter(Filter::TotpId(list(ids)))
    }

    /// Has an authenticator app (TOTP) that is verified, or one that is not.
    pub fn totp_verified(self, verified: bool) -> Self {
        self.filter(Filter::TotpVerified(verified))
    }

    /// Has a password, or has none.
    pub fn password_exists(self, exists: bool) -> Self {
        self.filter(Filter::PasswordExists(exists))
    }

    /// Builds the request for [`Plugin::search_users`](crate::Plugin::search_users).
    pub fn build(self) -> SearchRequest {
        let operator = if self.any {
            Operator::Or
        } else {
            Operator::And
        };
        let query = (!self.filters.is_empty()).then_some(Query {
            operator,
            operands: self.filters,
        });
        SearchRequest {
            query,
            limit: self.limit,
            cursor: self.cursor,
        }
    }
}

impl From<Search> for SearchRequest {
    fn from(search: Search) -> Self {
        search.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::json::{FILTER_NAMES, search_request_from_json};

    fn debug(request: &SearchRequest) -> String {
        format!("{request:?}")
    }

    #[test]
    fn each_filter_equals_its_json() {
        let ids = || ["a", "b"];
        let cases = [
            (
                "created_at_greater_than",
                r#""t""#,
                Search::new().created_after("t"),
            ),
            (
                "created_at_less_than",
                r#""t""#,
                Search::new().created_before("t"),
            ),
            (
                "created_at_between",
                r#"{"greater_than":"t","less_than":"u"}"#,
                Search::new().created_between("t", "u"),
            ),
            ("status", r#""t""#, Search::new().status("t")),
            ("user_id", r#"["a","b"]"#, Search::new().user_ids(ids())),
            ("full_name_fuzzy", r#""t""#, Search::new().name_fuzzy("t")),
            ("phone_number", r#"["a","b"]"#, Search::new().phones(ids())),
            ("phone_number", r#"["a"]"#, Search::new().phone("a")),
            (
                "phone_number_fuzzy",
                r#""t""#,
                Search::new().phone_fuzzy("t"),
            ),
            ("phone_id", r#"["a","b"]"#, Search::new().phone_ids(ids())),
            ("phone_verified", "true", Search::new().phone_verified(true)),
            ("email_address", r#"["a","b"]"#, Search::new().emails(ids())),
            ("email_address", r#"["a"]"#, Search::new().email("a")),
            (
                "email_address_fuzzy",
                r#""t""#,
                Search::new().email_fuzzy("t"),
            ),
            ("email_id", r#"["a","b"]"#, Search::new().email_ids(ids())),
            (
                "email_verified",
                "false",
                Search::new().email_verified(false),
            ),
            (
                "oauth_provider",
                r#"["a","b"]"#,
                Search::new().oauth_providers(ids()),
            ),
            (
                "webauthn_registration_id",
                r#"["a","b"]"#,
                Search::new().webauthn_ids(ids()),
            ),
            (
                "webauthn_registration_verified",
                "true",
                Search::new().webauthn_verified(true),
            ),
            (
                "crypto_wallet_id",
                r#"["a","b"]"#,
                Search::new().crypto_wallet_ids(ids()),
            ),
            (
                "crypto_wallet_address",
                r#"["a","b"]"#,
                Search::new().crypto_wallets(ids()),
            ),
            (
                "crypto_wallet_verified",
                "true",
                Search::new().crypto_wallet_verified(true),
            ),
            ("totp_id", r#"["a","b"]"#, Search::new().totp_ids(ids())),
            ("totp_verified", "false", Search::new().totp_verified(false)),
            (
                "password_exists",
                "true",
                Search::new().password_exists(true),
            ),
            (
                "new",
                r#"{"x":1}"#,
                Search::new().custom("new", r#"{"x":1}"#),
            ),
        ];
        for name in FILTER_NAMES {
            assert!(cases.iter().any(|(named, ..)| *named == name), "{name}");
        }
        for (name, value, search) in cases {
            let json = format!(
                r#"{{"query":{{"operator":"AND","operands":[{{"filter_name":"{name}","filter_value":{value}}}]}}}}"#
            );
            let expected = search_request_from_json(&json).unwrap();
            assert_eq!(debug(&search.build()), debug(&expected), "{name}");
        }
    }

    #[test]
    fn combines_filters_with_and_or_or() {
        let everyone = Search::new().limit(5).cursor("c").any().build();
        let json = r#"{"limit":5,"cursor":"c"}"#;
        assert_eq!(
            debug(&everyone),
            debug(&search_request_from_json(json).unwrap())
        );
        let operator = |search: Search| search.build().query.unwrap().operator;
        let two = || Search::new().status("active").email_verified(true);
        assert!(matches!(operator(two()), Operator::And));
        assert!(matches!(operator(two().any()), Operator::Or));
    }
}
