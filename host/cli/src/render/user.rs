//! What a person is shown of a user: cells for the table and for the card.

use super::cell::{Cell, Line};
use super::color::Tone;
use stytch_host::types::User;

/// The cells of a table's row, in the order of the columns of `table.rs`.
pub(super) fn row(user: &User) -> Vec<Cell> {
    vec![
        vec![Line::new(&user.user_id)],
        name(user),
        status(user, false),
        emails(user, " ✗"),
        phones(user, " ✗"),
        sign_in(user),
        roles(user),
        plain(user.created_at.as_ref()),
    ]
}

/// The rows of a card; what an investigator looks at comes first.
pub(super) fn card(user: &User) -> [(&'static str, Cell); 17] {
    const UNVERIFIED: &str = " ✗ unverified";
    let totps = user.totps.iter().flatten();
    let biometrics = user.biometric_registrations.iter().flatten();
    [
        ("User ID", vec![Line::new(&user.user_id)]),
        ("External ID", plain(user.external_id.as_ref())),
        ("Name", name(user)),
        ("Status", status(user, true)),
        ("E-mail", emails(user, UNVERIFIED)),
        ("Phone", phones(user, UNVERIFIED)),
        ("Providers", providers(user)),
        ("Passkeys", passkeys(user)),
        ("Password", password(user)),
        (
            "Authenticators",
            totps
                .map(|totp| mark(text(totp.totp_id.as_ref()), totp.verified, UNVERIFIED))
                .collect(),
        ),
        (
            "Biometrics",
            biometrics
                .map(|biometric| {
                    let id = text(biometric.biometric_registration_id.as_ref());
                    mark(id, biometric.verified, UNVERIFIED)
                })
                .collect(),
        ),
        ("Wallets", wallets(user)),
        ("Roles", roles(user)),
        ("Created", plain(user.created_at.as_ref())),
        ("Trusted", metadata(user.trusted_metadata.as_ref())),
        ("Untrusted", metadata(user.untrusted_metadata.as_ref())),
        ("Other", metadata(user.extra.as_ref())),
    ]
}

fn text(value: Option<&String>) -> &str {
    value.map_or("", String::as_str)
}

fn plain(value: Option<&String>) -> Cell {
    let value = value.filter(|value| !value.is_empty());
    value.iter().map(|value| Line::new(value)).collect()
}

/// What was set of these, with this between them.
fn joined<const N: usize>(parts: [Option<&String>; N], between: &str) -> String {
    let parts = parts.into_iter().map(text);
    let set: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    set.join(between)
}

/// A value, and whether it was proved.
fn mark(value: &str, verified: Option<bool>, unverified: &'static str) -> Line {
    let line = Line::new(value);
    match verified {
        Some(true) => line.mark(" ✓", Tone::Good),
        Some(false) => line.mark(unverified, Tone::Doubt),
        None => line,
    }
}

fn name(user: &User) -> Cell {
    let Some(name) = &user.name else {
        return Cell::new();
    };
    let parts = [&name.first_name, &name.middle_name, &name.last_name];
    let name = joined(parts.map(Option::as_ref), " ");
    plain(Some(&name))
}

fn status(user: &User, times: bool) -> Cell {
    let mut cell = plain(user.status.as_ref());
    if user.is_locked == Some(true) {
        let mut lock = "LOCKED".to_owned();
        for (word, time) in [
            ("since", &user.lock_created_at),
            ("until", &user.lock_expires_at),
        ] {
            if let Some(time) = time.as_ref().filter(|_| times) {
                lock = format!("{lock} {word} {time}");
            }
        }
        cell.push(Line::new(&lock).tone(Tone::Bad));
    }
    cell
}

fn emails(user: &User, unverified: &'static str) -> Cell {
    let emails = user.emails.iter().flatten();
    emails
        .map(|email| mark(text(email.email.as_ref()), email.verified, unverified))
        .collect()
}

fn phones(user: &User, unverified: &'static str) -> Cell {
    let phones = user.phone_numbers.iter().flatten();
    phones
        .map(|phone| {
            mark(
                text(phone.phone_number.as_ref()),
                phone.verified,
                unverified,
            )
        })
        .collect()
}

fn password(user: &User) -> Cell {
    let set = user.password.as_ref().map(|password| {
        if password.requires_reset == Some(true) {
            Line::new("set, must be reset").tone(Tone::Doubt)
        } else {
            Line::new("set")
        }
    });
    set.into_iter().collect()
}

fn providers(user: &User) -> Cell {
    let providers = user.providers.iter().flatten();
    providers
        .map(|provider| {
            let parts = [&provider.provider_type, &provider.provider_subject];
            Line::new(&joined(parts.map(Option::as_ref), " "))
        })
        .collect()
}

fn passkeys(user: &User) -> Cell {
    let passkeys = user.webauthn_registrations.iter().flatten();
    passkeys
        .map(|passkey| {
            let parts = [&passkey.name, &passkey.authenticator_type, &passkey.domain];
            let what = joined(parts.map(Option::as_ref), ", ");
            mark(&what, passkey.verified, " ✗ unverified")
        })
        .collect()
}

fn wallets(user: &User) -> Cell {
    let wallets = user.crypto_wallets.iter().flatten();
    wallets
        .map(|wallet| {
            let parts = [&wallet.crypto_wallet_type, &wallet.crypto_wallet_address];
            let what = joined(parts.map(Option::as_ref), " ");
            mark(&what, wallet.verified, " ✗ unverified")
        })
        .collect()
}

fn roles(user: &User) -> Cell {
    let roles = user.roles.iter().flatten();
    roles.map(|role| Line::new(role)).collect()
}

fn metadata(json: Option<&String>) -> Cell {
    plain(json.filter(|json| *json != "{}"))
}

/// How the user can sign in, in one cell.
fn sign_in(user: &User) -> Cell {
    let mut ways = Cell::new();
    if user.password.is_some() {
        ways.push(Line::new("password"));
    }
    let providers = user.providers.iter().flatten();
    ways.extend(providers.map(|provider| Line::new(text(provider.provider_type.as_ref()))));
    for (count, way) in [
        (
            user.webauthn_registrations.as_ref().map(Vec::len),
            "passkey",
        ),
        (user.totps.as_ref().map(Vec::len), "authenticator"),
        (
            user.biometric_registrations.as_ref().map(Vec::len),
            "biometric",
        ),
        (user.crypto_wallets.as_ref().map(Vec::len), "wallet"),
    ] {
        match count {
            None | Some(0) => {}
            Some(1) => ways.push(Line::new(way)),
            Some(count) => ways.push(Line::new(&format!("{count} {way}s"))),
        }
    }
    ways
}
