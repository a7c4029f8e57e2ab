//! Users for people: a card for one, a table for many. What an investigator
//! looks at comes first.

use super::{Shape, escape};
use comfy_table::{ColumnConstraint, ContentArrangement, presets};
use std::io::{self, Write};
use stytch_host::json::ResultsMetadata;
use stytch_host::types::User;

const COLUMNS: [&str; 8] = [
    "USER ID", "NAME", "STATUS", "E-MAIL", "PHONE", "SIGN-IN", "ROLES", "CREATED",
];

pub(super) struct Table {
    grid: comfy_table::Table,
    shape: Shape,
    count: usize,
}

impl Table {
    pub(super) fn new(shape: Shape) -> Self {
        let mut grid = comfy_table::Table::new();
        grid.load_style(presets::NOTHING);
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        if shape != Shape::One {
            grid.set_header(COLUMNS);
            // An ID that is broken over lines cannot be copied.
            if let Some(user_id) = grid.column_mut(0) {
                user_id.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        Self {
            grid,
            shape,
            count: 0,
        }
    }

    pub(super) fn add(&mut self, user: &User) {
        self.count += 1;
        if self.shape == Shape::One {
            for (label, value) in card(user) {
                if !value.is_empty() {
                    self.grid.add_row([label.to_owned(), value]);
                }
            }
        } else {
            self.grid.add_row([
                escape(&user.user_id).into_owned(),
                name(user),
                status(user),
                emails(user),
                phones(user),
                sign_in(user),
                roles(user),
                text(user.created_at.as_ref()),
            ]);
        }
    }

    pub(super) fn print(
        &self,
        out: &mut impl Write,
        metadata: Option<&ResultsMetadata>,
    ) -> io::Result<()> {
        if self.count > 0 {
            writeln!(out, "{}", self.grid.trim_fmt())?;
            if metadata.is_some() {
                writeln!(out)?;
            }
        }
        let Some(metadata) = metadata else {
            return Ok(());
        };
        let users = if self.count == 1 { "user" } else { "users" };
        match metadata.total {
            Some(total) => writeln!(out, "{} {users} of {total}", self.count)?,
            None => writeln!(out, "{} {users}", self.count)?,
        }
        match &metadata.next_cursor {
            Some(cursor) => writeln!(out, "next page: --cursor {}", escape(cursor)),
            None => Ok(()),
        }
    }
}

fn card(user: &User) -> [(&'static str, String); 15] {
    [
        ("User ID", escape(&user.user_id).into_owned()),
        ("External ID", text(user.external_id.as_ref())),
        ("Name", name(user)),
        ("Status", status(user)),
        ("Created", text(user.created_at.as_ref())),
        ("E-mail", emails(user)),
        ("Phone", phones(user)),
        ("Password", password(user)),
        ("Providers", providers(user)),
        ("Passkeys", passkeys(user)),
        (
            "Authenticators",
            verified_ids(
                user.totps
                    .iter()
                    .flatten()
                    .map(|totp| (&totp.totp_id, totp.verified)),
            ),
        ),
        (
            "Biometrics",
            verified_ids(
                user.biometric_registrations
                    .iter()
                    .flatten()
                    .map(|registration| {
                        (
                            &registration.biometric_registration_id,
                            registration.verified,
                        )
                    }),
            ),
        ),
        ("Wallets", wallets(user)),
        ("Roles", roles(user)),
        ("Metadata", metadata(user)),
    ]
}

fn text(value: Option<&String>) -> String {
    value
        .map(|value| escape(value).into_owned())
        .unwrap_or_default()
}

/// A value, and whether it was proved.
fn mark(value: Option<&String>, verified: Option<bool>) -> String {
    let mark = match verified {
        Some(true) => " ✓",
        Some(false) => " (unverified)",
        None => "",
    };
    format!("{}{mark}", text(value))
}

fn lines(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join("\n")
}

fn name(user: &User) -> String {
    let Some(name) = &user.name else {
        return String::new();
    };
    let parts = [&name.first_name, &name.middle_name, &name.last_name];
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| text(part.as_ref()))
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}

fn status(user: &User) -> String {
    let status = text(user.status.as_ref());
    match (user.is_locked, &user.lock_expires_at) {
        (Some(true), Some(until)) => format!("{status}, LOCKED until {}", escape(until)),
        (Some(true), None) => format!("{status}, LOCKED"),
        _ => status,
    }
}

fn emails(user: &User) -> String {
    lines(
        user.emails
            .iter()
            .flatten()
            .map(|email| mark(email.email.as_ref(), email.verified)),
    )
}

fn phones(user: &User) -> String {
    let phones = user.phone_numbers.iter().flatten();
    lines(phones.map(|phone| mark(phone.phone_number.as_ref(), phone.verified)))
}

fn password(user: &User) -> String {
    match &user.password {
        None => String::new(),
        Some(password) if password.requires_reset == Some(true) => "set, must be reset".to_owned(),
        Some(_) => "set".to_owned(),
    }
}

fn providers(user: &User) -> String {
    lines(user.providers.iter().flatten().map(|provider| {
        format!(
            "{} {}",
            text(provider.provider_type.as_ref()),
            text(provider.provider_subject.as_ref())
        )
    }))
}

fn passkeys(user: &User) -> String {
    lines(user.webauthn_registrations.iter().flatten().map(|passkey| {
        let what = [&passkey.name, &passkey.authenticator_type, &passkey.domain];
        let what: Vec<_> = what
            .into_iter()
            .map(|part| text(part.as_ref()))
            .filter(|part| !part.is_empty())
            .collect();
        mark(Some(&what.join(", ")), passkey.verified)
    }))
}

fn wallets(user: &User) -> String {
    lines(user.crypto_wallets.iter().flatten().map(|wallet| {
        let kind = text(wallet.crypto_wallet_type.as_ref());
        format!(
            "{kind} {}",
            mark(wallet.crypto_wallet_address.as_ref(), wallet.verified)
        )
    }))
}

fn verified_ids<'a>(ids: impl Iterator<Item = (&'a Option<String>, Option<bool>)>) -> String {
    lines(ids.map(|(id, verified)| mark(id.as_ref(), verified)))
}

fn roles(user: &User) -> String {
    lines(
        user.roles
            .iter()
            .flatten()
            .map(|role| escape(role).into_owned()),
    )
}

fn metadata(user: &User) -> String {
    let shown = [
        ("trusted", &user.trusted_metadata),
        ("untrusted", &user.untrusted_metadata),
    ];
    lines(shown.into_iter().filter_map(|(kind, json)| {
        let json = json.as_deref().filter(|json| *json != "{}")?;
        Some(format!("{kind} {}", escape(json)))
    }))
}

/// How the user can sign in, in one cell.
fn sign_in(user: &User) -> String {
    let mut ways: Vec<String> = Vec::new();
    if user.password.is_some() {
        ways.push("password".to_owned());
    }
    ways.extend(
        user.providers
            .iter()
            .flatten()
            .map(|provider| text(provider.provider_type.as_ref())),
    );
    let several = |count: usize, way: &str| match count {
        0 => None,
        1 => Some(way.to_owned()),
        _ => Some(format!("{count} {way}s")),
    };
    let count = |list: Option<usize>| list.unwrap_or_default();
    ways.extend(several(
        count(user.webauthn_registrations.as_ref().map(Vec::len)),
        "passkey",
    ));
    ways.extend(several(
        count(user.totps.as_ref().map(Vec::len)),
        "authenticator",
    ));
    ways.extend(several(
        count(user.biometric_registrations.as_ref().map(Vec::len)),
        "biometric",
    ));
    ways.extend(several(
        count(user.crypto_wallets.as_ref().map(Vec::len)),
        "wallet",
    ));
    ways.join("\n")
}
