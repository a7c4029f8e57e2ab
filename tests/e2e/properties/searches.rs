//! Generated valid searches, with every filter.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use stytch_host::types::{CreatedAtRange, CustomFilter, Filter, Operator, Query, SearchRequest};

pub(crate) fn search() -> impl Strategy<Value = SearchRequest> {
    let operator = prop_oneof![Just(Operator::And), Just(Operator::Or)];
    let query = (operator, vec(filter(), 0..4))
        .prop_map(|(operator, operands)| Query { operator, operands });
    (
        option::of(query),
        option::of(1..=1000_u32),
        option::of("[^\\p{Cc}]{1,20}"),
    )
        .prop_map(|(query, limit, cursor)| SearchRequest {
            query,
            limit,
            cursor,
        })
}

fn filter() -> impl Strategy<Value = Filter> {
    let range = (time(), time()).prop_map(|(greater_than, less_than)| CreatedAtRange {
        greater_than,
        less_than,
    });
    // A name that Stytch may add; no current name has this prefix.
    let custom = ("new_[^\\p{Cc}]{0,9}", text()).prop_map(|(filter_name, text)| CustomFilter {
        filter_name,
        filter_value: serde_json::json!([text, 1.5]).to_string(),
    });
    prop_oneof![
        range.prop_map(Filter::CreatedAtBetween),
        time().prop_map(Filter::CreatedAtGreaterThan),
        time().prop_map(Filter::CreatedAtLessThan),
        custom.prop_map(Filter::Other),
        of_texts(),
        of_lists(),
        of_booleans(),
    ]
}

fn of_texts() -> impl Strategy<Value = Filter> {
    let filters: [fn(String) -> Filter; 4] = [
        Filter::Status,
        Filter::FullNameFuzzy,
        Filter::PhoneNumberFuzzy,
        Filter::EmailAddressFuzzy,
    ];
    (0..filters.len(), text()).prop_map(move |(at, text)| filters[at](text))
}

fn of_lists() -> impl Strategy<Value = Filter> {
    let filters: [fn(Vec<String>) -> Filter; 10] = [
        Filter::UserId,
        Filter::PhoneNumber,
        Filter::PhoneId,
        Filter::EmailAddress,
        Filter::EmailId,
        Filter::OauthProvider,
        Filter::WebauthnRegistrationId,
        Filter::CryptoWalletId,
        Filter::CryptoWalletAddress,
        Filter::TotpId,
    ];
    (0..filters.len(), vec(text(), 0..4)).prop_map(move |(at, list)| filters[at](list))
}

fn of_booleans() -> impl Strategy<Value = Filter> {
    let filters: [fn(bool) -> Filter; 6] = [
        Filter::PhoneVerified,
        Filter::EmailVerified,
        Filter::WebauthnRegistrationVerified,
        Filter::CryptoWalletVerified,
        Filter::TotpVerified,
        Filter::PasswordExists,
    ];
    (0..filters.len(), any::<bool>()).prop_map(move |(at, truth)| filters[at](truth))
}

/// Any RFC 3339 time, except the last days of most months.
fn time() -> impl Strategy<Value = String> {
    "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,15})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
}

/// Values in Stytch never have control characters.
fn text() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{0,12}"
}
