use serde_json::json;

use super::*;

/// Returns the type of the error for an operand, without its prefix; `None` if it is valid.
fn operand_error(name: &Value, value: &Value) -> Option<&'static str> {
    let operand = json!({"filter_name": name, "filter_value": value});
    let error = Filter::parse(&operand).err()?;
    assert_eq!(error.status, 400);
    let name = error.error_type;
    Some(name.strip_prefix("user_search_").unwrap_or(name))
}

#[test]
fn each_invalid_operand_gets_its_error() {
    let mixed = json!(["user-test-1", "ext|1"]);
    for (name, value, expected) in [
        (json!(null), json!("x"), "missing_filter_name"),
        (json!(7), json!("x"), "filter_name_must_be_string"),
        (json!("email"), json!(["x"]), "filter_name_not_recognized"),
        (
            json!("Status"),
            json!("active"),
            "filter_name_not_recognized",
        ),
        (json!("status"), json!(null), "missing_filter_value"),
        (json!("status"), json!(["active"]), "expected_string"),
        (json!("status"), json!("deleted"), "invalid_status_filter"),
        (
            json!("email_address"),
            json!("x"),
            "expected_array_of_string",
        ),
        (
            json!("email_address"),
            json!(["x", 1]),
            "expected_array_of_string",
        ),
        (json!("email_address"), json!([]), "missing_email_addresses"),
        (json!("email_id"), json!([]), "missing_email_ids"),
        (json!("phone_number"), json!([]), "missing_phone_numbers"),
        (json!("phone_id"), json!([]), "missing_phone_ids"),
        (json!("user_id"), json!([]), "missing_user_ids"),
        (
            json!("oauth_provider"),
            json!([]),
            "missing_oauth_providers",
        ),
        (json!("totp_id"), json!([]), "missing_totp_ids"),
        (
            json!("webauthn_registration_id"),
            json!([]),
            "missing_webauthn_registration_ids",
        ),
        (
            json!("crypto_wallet_id"),
            json!([]),
            "missing_crypto_wallet_id",
        ),
        (
            json!("crypto_wallet_address"),
            json!([]),
            "missing_crypto_wallet_address",
        ),
        (
            json!("phone_id"),
            json!(vec!["x"; 101]),
            "maximum_filter_value_count_exceeded",
        ),
        (
            json!("user_id"),
            mixed,
            "cannot_mix_internal_and_external_user_ids",
        ),
        (
            json!("oauth_provider"),
            json!(["MySpace"]),
            "invalid_oauth_provider_filter",
        ),
        (json!("email_verified"), json!("true"), "expected_bool"),
        (json!("password_exists"), json!(1), "expected_bool"),
        (
            json!("full_name_fuzzy"),
            json!("Ad"),
            "full_name_fuzzy_too_short",
        ),
        (
            json!("full_name_fuzzy"),
            json!("éé"),
            "full_name_fuzzy_too_short",
        ),
        (json!("full_name_fuzzy"), json!(true), "expected_string"),
        (
            json!("phone_number_fuzzy"),
            json!(""),
            "phone_number_fuzzy_too_short",
        ),
        (
            json!("email_address_fuzzy"),
            json!("ab"),
            "email_address_fuzzy_too_short",
        ),
    ] {
        assert_eq!(
            operand_error(&name, &value),
            Some(expected),
            "{name} {value}"
        );
    }
}

#[test]
fn each_invalid_timestamp_gets_its_error() {
    for (name, value, expected) in [
        (
            json!("created_at_greater_than"),
            json!("yesterday"),
            "expected_timestamp",
        ),
        (
            json!("created_at_greater_than"),
            json!("2024-01-01"),
            "expected_timestamp",
        ),
        (
            json!("created_at_greater_than"),
            json!("20240101T000000Z"),
            "expected_timestamp",
        ),
        (
            json!("created_at_greater_than"),
            json!("2024-01-01 00:00:00Z"),
            "expected_timestamp",
        ),
        (
            json!("created_at_less_than"),
            json!(1_700_000_000),
            "expected_string",
        ),
        (
            json!("created_at_between"),
            json!("2024-01-01T00:00:00Z"),
            "expected_object",
        ),
        (
            json!("created_at_between"),
            json!({}),
            "missing_greater_than",
        ),
        (
            json!("created_at_between"),
            json!({"greater_than": "2024-01-01T00:00:00Z", "less_than": null}),
            "missing_less_than",
        ),
        (
            json!("created_at_between"),
            json!({"greater_than": "x", "less_than": "y"}),
            "expected_timestamp",
        ),
    ] {
        assert_eq!(
            operand_error(&name, &value),
            Some(expected),
            "{name} {value}"
        );
    }
}
