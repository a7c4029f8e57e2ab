use serde_json::json;

use super::*;

/// Five users that differ in the fields that filters compare.
fn users() -> Vec<User> {
    let users = json!([
        {
            "user_id": "user-test-1", "external_id": "ext|1", "created_at": "2024-01-01T00:00:00Z",
            "name": {"first_name": "Ada", "middle_name": "King", "last_name": "Lovelace"},
            "emails": [
                {"email_id": "email-1", "email": "Ada@Example.com", "verified": true},
                {"email_id": "email-2", "email": "countess@example.org", "verified": false},
            ],
            "password": {"password_id": "password-1", "requires_reset": false},
        },
        {
            "user_id": "user-test-2", "external_id": "ext|2", "created_at": "2024-01-02T00:00:00Z",
            "name": {"first_name": "Ann", "last_name": "Adams"}, "status": "pending",
            "phone_numbers": [
                {"phone_id": "phone-1", "phone_number": "+14155550101", "verified": true}],
            "providers": [{"provider_type": "Google"}],
        },
        {
            "user_id": "user-live-3", "created_at": "2024-01-03T00:00:00.5Z",
            "name": {"first_name": "Élodie", "last_name": "ÉTÉ"},
            "phone_numbers": [
                {"phone_id": "phone-2", "phone_number": "+12025550141", "verified": false}],
            "providers": [{"provider_type": "GitHub"}, {"provider_type": "Apple"}],
            "totps": [{"totp_id": "totp-1", "verified": true}],
        },
        {
            "user_id": "user-test-4", "created_at": "2024-01-04T00:00:00Z",
            "webauthn_registrations": [{"webauthn_registration_id": "webauthn-1", "verified": true}],
            "crypto_wallets": [{
                "crypto_wallet_id": "wallet-1", "crypto_wallet_address": "0xAb", "verified": false}],
            "totps": [{"totp_id": "totp-2", "verified": false}],
        },
        {"user_id": "user-test-5"},
    ]);
    User::read_all(users.to_string().as_bytes()).unwrap()
}

/// Returns the numbers of the users that match a query, concatenated.
fn found(query: &Value) -> String {
    let query = Query::parse(query).unwrap();
    let found = (1..).zip(users()).filter(|(_, user)| query.matches(user));
    found.map(|(number, _)| number.to_string()).collect()
}

fn operand(name: &str, value: &Value) -> Value {
    json!({"filter_name": name, "filter_value": value})
}

#[test]
fn each_filter_matches_the_right_users() {
    for (name, value, expected) in [
        (
            "created_at_greater_than",
            json!("2024-01-02T00:00:00Z"),
            "34",
        ),
        (
            "created_at_greater_than",
            json!("2024-01-02T01:00:00+02:00"),
            "234",
        ),
        ("created_at_less_than", json!("2024-01-03T00:00:00Z"), "12"),
        (
            "created_at_less_than",
            json!("2024-01-03T00:00:00.6Z"),
            "123",
        ),
        (
            "created_at_between",
            json!({"greater_than": "2024-01-01T00:00:00Z", "less_than": "2024-01-04T00:00:00Z"}),
            "23",
        ),
        (
            "created_at_between",
            json!({"greater_than": "2025-01-01T00:00:00Z", "less_than": "2024-01-01T00:00:00Z"}),
            "",
        ),
        ("status", json!("pending"), "2"),
        ("status", json!("active"), "1345"),
        (
            "user_id",
            json!(["user-test-4", "user-test-1", "user-test-9"]),
            "14",
        ),
        ("user_id", json!(["user-live-3", "user-test-5"]), "35"),
        ("user_id", json!(["ext|2", "ext|9"]), "2"),
        ("full_name_fuzzy", json!("ada"), "12"),
        ("full_name_fuzzy", json!("LOVE"), "1"),
        ("full_name_fuzzy", json!("Ada L"), "1"),
        ("full_name_fuzzy", json!("éTé"), "3"),
        ("full_name_fuzzy", json!("King"), ""),
        ("full_name_fuzzy", json!("dams"), ""),
        ("full_name_fuzzy", json!("Ada  Lovelace"), ""),
        ("phone_number", json!(["+12025550141"]), "3"),
        ("phone_number", json!(["+1202555014"]), ""),
        ("phone_number_fuzzy", json!("415"), "2"),
        ("phone_number_fuzzy", json!("5550"), "23"),
        ("phone_number_fuzzy", json!("+12"), "3"),
        ("phone_id", json!(["phone-1", "phone-2"]), "23"),
        ("phone_verified", json!(true), "2"),
        ("phone_verified", json!(false), "3"),
        ("email_address", json!(["ada@example.com"]), "1"),
        ("email_address", json!(["COUNTESS@example.org"]), "1"),
        ("email_address", json!(["ada@example"]), ""),
        ("email_address_fuzzy", json!("ADA"), "1"),
        ("email_address_fuzzy", json!("example.o"), "1"),
        ("email_address_fuzzy", json!("tess"), ""),
        ("email_id", json!(["email-2"]), "1"),
        ("email_verified", json!(true), "1"),
        ("email_verified", json!(false), "1"),
        ("oauth_provider", json!(["google", "APPLE"]), "23"),
        ("oauth_provider", json!(["GitLab"]), ""),
        ("webauthn_registration_id", json!(["webauthn-1"]), "4"),
        ("webauthn_registration_verified", json!(true), "4"),
        ("webauthn_registration_verified", json!(false), ""),
        ("crypto_wallet_id", json!(["wallet-1"]), "4"),
        ("crypto_wallet_address", json!(["0xAb"]), "4"),
        ("crypto_wallet_address", json!(["0xab"]), ""),
        ("crypto_wallet_verified", json!(false), "4"),
        ("totp_id", json!(["totp-1", "totp-2"]), "34"),
        ("totp_verified", json!(true), "3"),
        ("totp_verified", json!(false), "4"),
        ("password_exists", json!(true), "1"),
        ("password_exists", json!(false), "2345"),
    ] {
        let query = json!({"operator": "AND", "operands": [operand(name, &value)]});
        assert_eq!(found(&query), expected, "{name} {value}");
    }
}

#[test]
fn combines_operands_with_the_operator() {
    let ada = operand("full_name_fuzzy", &json!("ada"));
    let pending = operand("status", &json!("pending"));
    let totp = operand("totp_verified", &json!(true));
    for (query, expected) in [
        (json!({}), "12345"),
        (json!({"operator": "AND"}), "12345"),
        (json!({"operator": "OR", "operands": []}), "12345"),
        (json!({"operator": null, "operands": null}), "12345"),
        (json!({"operator": "AND", "operands": [ada, pending]}), "2"),
        (
            json!({"operator": "AND", "operands": [ada, pending, totp]}),
            "",
        ),
        (
            json!({"operator": "OR", "operands": [totp, ada, pending]}),
            "123",
        ),
    ] {
        assert_eq!(found(&query), expected, "{query}");
    }
}

#[test]
fn equivalent_queries_compare_equal() {
    let query = |operator: &str, operands: [(&str, Value); 2]| {
        let operands = operands.map(|(name, value)| operand(name, &value));
        Query::parse(&json!({"operator": operator, "operands": operands})).unwrap()
    };
    let pending = ("status", json!("pending"));
    let emails = |list: [&str; 3]| ("email_address", json!(list));
    let one = query(
        "AND",
        [pending.clone(), emails(["a@b.c", "D@e.f", "a@b.c"])],
    );
    let two = query(
        "AND",
        [emails(["d@e.f", "a@b.c", "d@e.f"]), pending.clone()],
    );
    assert_eq!(one, two);
    assert_ne!(
        one,
        query("OR", [pending.clone(), emails(["a@b.c", "d@e.f", "a@b.c"])])
    );
    assert_ne!(
        one,
        query("AND", [pending, emails(["a@b.c", "x@e.f", "a@b.c"])])
    );
}
