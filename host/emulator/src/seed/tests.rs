use std::collections::HashSet;

use serde_json::Value;

use super::*;

fn all(seed: u64, count: u64) -> Vec<User> {
    users(seed, count).collect()
}

#[test]
fn a_seed_produces_the_same_users_regardless_of_the_count() {
    assert_eq!(all(7, 300), all(7, 300));
    assert_ne!(all(7, 30), all(8, 30));
    let few: HashSet<String> = all(7, 100).into_iter().map(|user| user.user_id).collect();
    let many = all(7, 1000);
    let kept = many.iter().filter(|user| few.contains(&user.user_id));
    assert_eq!(kept.count(), 100);
}

#[test]
fn returns_the_requested_number_of_users_in_order_of_creation() {
    assert_eq!(fixed_users::all(1).len() as u64, fixed_users::COUNT);
    for count in [0, 1, 10, fixed_users::COUNT, fixed_users::COUNT + 1, 500] {
        let users = all(1, count);
        assert_eq!(users.len() as u64, count);
        assert!(users.is_sorted_by_key(|user| user.created_at));
        let whole_second = |user: &User| {
            user.created_at
                .is_some_and(|at| at.subsec_nanosecond() == 0)
        };
        assert!(users.iter().all(whole_second));
    }
}

#[test]
fn ids_have_the_format_of_stytch_and_are_unique() {
    let users = all(1, 5000);
    let mut seen = HashSet::new();
    let mut check = |id: &str, prefix: &str| {
        let uuid = id
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix("-test-"));
        let uuid = uuid::Uuid::parse_str(uuid.unwrap_or_default());
        assert_eq!(uuid.unwrap().get_version_num(), 4, "{id}");
        assert!(seen.insert(id.to_owned()), "{id} is a duplicate");
    };
    for user in &users {
        check(&user.user_id, "user");
        user.emails
            .iter()
            .for_each(|email| check(&email.email_id, "email"));
        user.phone_numbers
            .iter()
            .for_each(|phone| check(&phone.phone_id, "phone-number"));
        user.password
            .iter()
            .for_each(|password| check(&password.password_id, "password"));
        user.totps
            .iter()
            .for_each(|totp| check(&totp.totp_id, "totp"));
        for wallet in &user.crypto_wallets {
            check(&wallet.crypto_wallet_id, "crypto-wallet");
        }
    }
    let emails = users.iter().flat_map(|user| &user.emails);
    let addresses: Vec<_> = emails.map(|email| email.email.to_lowercase()).collect();
    assert_eq!(
        addresses.iter().collect::<HashSet<_>>().len(),
        addresses.len()
    );
    let external: Vec<_> = users
        .iter()
        .filter_map(|user| user.external_id.as_ref())
        .collect();
    assert_eq!(
        external.iter().collect::<HashSet<_>>().len(),
        external.len()
    );
    assert!(
        external
            .iter()
            .all(|id| crate::users::identifier::is_valid(id))
    );
}

#[test]
fn fixed_users_cover_every_attribute_in_every_state() {
    let fixed = fixed_users::all(1);
    let json: Vec<Value> = fixed
        .iter()
        .map(|user| serde_json::to_value(user).unwrap())
        .collect();
    for user in &json {
        assert_eq!(user.as_object().unwrap().len(), 19);
    }
    for (list, states) in [
        ("emails", &[true, false][..]),
        ("phone_numbers", &[true, false]),
        ("webauthn_registrations", &[true, false]),
        ("totps", &[true, false]),
        ("crypto_wallets", &[true, false]),
        ("biometric_registrations", &[true, false]),
    ] {
        for state in states {
            let mut items = json.iter().flat_map(|user| user[list].as_array().unwrap());
            assert!(
                items.any(|item| item["verified"] == *state),
                "{list} {state}"
            );
        }
        assert!(
            json.iter()
                .any(|user| user[list] == Value::Array(Vec::new())),
            "no {list}"
        );
    }
    let any = |test: fn(&User) -> bool| fixed.iter().any(test);
    assert!(any(|u| u.status == "pending") && any(|u| u.status == "active"));
    assert!(
        any(|u| u.emails.len() > 2) && any(|u| u.roles.len() > 1) && any(|u| u.roles.is_empty())
    );
    assert!(any(|u| u.password.is_none()));
    assert!(any(|u| u
        .password
        .as_ref()
        .is_some_and(|p| p.requires_reset)));
    assert!(any(|u| u.is_locked && u.lock_created_at < u.lock_expires_at));
    assert!(any(
        |u| u.trusted_metadata.is_none() && u.name.first_name.is_empty()
    ));
    assert!(any(|u| u
        .trusted_metadata
        .as_ref()
        .is_some_and(|m| m.get().contains("18446744073709551615"))));
    for mark in ['|', '.', '_', '-'] {
        let mut ids = fixed.iter().filter_map(|user| user.external_id.as_ref());
        assert!(ids.any(|id| id.contains(mark)), "{mark}");
    }
    for kind in ["platform", "cross-platform", ""] {
        let mut devices = fixed.iter().flat_map(|user| &user.webauthn_registrations);
        assert!(
            devices.any(|device| device.authenticator_type == kind),
            "{kind}"
        );
    }
    let providers = fixed.iter().flat_map(|user| &user.providers);
    let kinds: HashSet<_> = providers.map(|provider| &provider.provider_type).collect();
    assert_eq!(kinds.len(), 19);
}

#[test]
fn random_users_have_realistic_proportions() {
    let users: Vec<_> = all(1, 20_000 + fixed_users::COUNT).split_off(26);
    let percentage = |test: fn(&User) -> bool| users.iter().filter(|user| test(user)).count() / 200;
    for (what, percent, range) in [
        ("pending", percentage(|u| u.status == "pending"), 9..=11),
        ("locked", percentage(|u| u.is_locked), 1..=2),
        ("OAuth", percentage(|u| !u.providers.is_empty()), 28..=31),
        ("e-mail", percentage(|u| !u.emails.is_empty()), 93..=97),
        (
            "phone",
            percentage(|u| !u.phone_numbers.is_empty()),
            38..=46,
        ),
        ("password", percentage(|u| u.password.is_some()), 45..=55),
        (
            "passkey",
            percentage(|u| !u.webauthn_registrations.is_empty()),
            11..=16,
        ),
        (
            "external ID",
            percentage(|u| u.external_id.is_some()),
            48..=52,
        ),
        (
            "name beyond ASCII",
            percentage(|u| !u.name.first_name.is_ascii()),
            30..=60,
        ),
    ] {
        assert!(range.contains(&percent), "{what}: {percent} %");
    }
}
