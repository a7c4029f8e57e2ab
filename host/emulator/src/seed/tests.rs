use std::collections::HashSet;

use serde_json::Value;

use super::*;

fn all(seed: u64, count: u64) -> Vec<User> {
    users(seed, count).collect()
}

#[test]
fn the_same_seed_gives_the_same_users_however_many() {
    assert_eq!(all(7, 300), all(7, 300));
    assert_ne!(all(7, 30), all(8, 30));
    let few: HashSet<String> = all(7, 100).into_iter().map(|user| user.user_id).collect();
    let many = all(7, 1000);
    let kept = many.iter().filter(|user| few.contains(&user.user_id));
    assert_eq!(kept.count(), 100);
}

#[test]
fn there_are_as_many_users_as_asked_for_in_the_order_of_creation() {
    assert_eq!(cast::cast(1).len() as u64, cast::SIZE);
    for count in [0, 1, 10, cast::SIZE, cast::SIZE + 1, 500] {
        let users = all(1, count);
        assert_eq!(users.len() as u64, count);
        assert!(users.is_sorted_by_key(|user| user.created_at));
        let whole = |user: &User| {
            user.created_at
                .is_some_and(|at| at.subsec_nanosecond() == 0)
        };
        assert!(users.iter().all(whole));
    }
}

#[test]
fn ids_have_stytchs_shapes_and_nobody_shares_them() {
    let users = all(1, 5000);
    let mut seen = HashSet::new();
    let mut check = |id: &str, prefix: &str| {
        let uuid = id
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix("-test-"));
        let uuid = uuid::Uuid::parse_str(uuid.unwrap_or_default());
        assert_eq!(uuid.unwrap().get_version_num(), 4, "{id}");
        assert!(seen.insert(id.to_owned()), "{id} twice");
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
    assert!(external.iter().all(|id| crate::identifier::is_legal(id)));
}

#[test]
fn the_cast_has_every_attribute_in_every_state() {
    let cast = cast::cast(1);
    let sent: Vec<Value> = cast
        .iter()
        .map(|user| serde_json::to_value(user).unwrap())
        .collect();
    for user in &sent {
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
            let mut items = sent.iter().flat_map(|user| user[list].as_array().unwrap());
            assert!(
                items.any(|item| item["verified"] == *state),
                "{list} {state}"
            );
        }
        assert!(
            sent.iter()
                .any(|user| user[list] == Value::Array(Vec::new())),
            "no {list}"
        );
    }
    let any = |test: fn(&User) -> bool| cast.iter().any(test);
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
        let mut ids = cast.iter().filter_map(|user| user.external_id.as_ref());
        assert!(ids.any(|id| id.contains(mark)), "{mark}");
    }
    for kind in ["platform", "cross-platform", ""] {
        let mut devices = cast.iter().flat_map(|user| &user.webauthn_registrations);
        assert!(
            devices.any(|device| device.authenticator_type == kind),
            "{kind}"
        );
    }
    let providers = cast.iter().flat_map(|user| &user.providers);
    let kinds: HashSet<_> = providers.map(|provider| &provider.provider_type).collect();
    assert_eq!(kinds.len(), 19);
}

#[test]
fn generated_users_have_sensible_proportions() {
    let users: Vec<_> = all(1, 20_000 + cast::SIZE).split_off(26);
    let share = |test: fn(&User) -> bool| users.iter().filter(|user| test(user)).count() / 200;
    for (what, percent, range) in [
        ("pending", share(|u| u.status == "pending"), 9..=11),
        ("locked", share(|u| u.is_locked), 1..=2),
        ("OAuth", share(|u| !u.providers.is_empty()), 28..=31),
        ("e-mail", share(|u| !u.emails.is_empty()), 93..=97),
        ("phone", share(|u| !u.phone_numbers.is_empty()), 38..=46),
        ("password", share(|u| u.password.is_some()), 45..=55),
        (
            "passkey",
            share(|u| !u.webauthn_registrations.is_empty()),
            11..=16,
        ),
        ("external ID", share(|u| u.external_id.is_some()), 48..=52),
        (
            "name beyond ASCII",
            share(|u| !u.name.first_name.is_ascii()),
            30..=60,
        ),
    ] {
        assert!(range.contains(&percent), "{what}: {percent} %");
    }
}
