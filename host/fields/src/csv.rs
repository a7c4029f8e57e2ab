//! Users as rows of a spreadsheet.

use std::borrow::Cow;
use stytch_host::types::User;

/// The names of the columns.
pub const COLUMNS: [&str; 18] = [
    "user_id",
    "external_id",
    "status",
    "is_locked",
    "lock_expires_at",
    "first_name",
    "last_name",
    "emails",
    "verified_emails",
    "phone_numbers",
    "verified_phone_numbers",
    "providers",
    "passkeys",
    "totps",
    "has_password",
    "crypto_wallets",
    "roles",
    "created_at",
];

/// Prevents CSV injection: prefixes a cell with an apostrophe if a spreadsheet would take
/// it for a formula.
pub fn neutralize(cell: &str) -> Cow<'_, str> {
    let is_formula = |part: &str| {
        part.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
    };
    if !cell.split(';').any(is_formula) {
        return Cow::Borrowed(cell);
    }
    let parts = cell.split(';').map(|part| {
        let mark = if is_formula(part) { "'" } else { "" };
        format!("{mark}{part}")
    });
    Cow::Owned(parts.collect::<Vec<_>>().join(";"))
}

/// Several values in one cell, each of them neutralized.
pub fn list<'a>(values: impl Iterator<Item = &'a String>) -> String {
    let values: Vec<_> = values.map(|value| neutralize(value)).collect();
    values.join("; ")
}

/// Returns the cells of a user, in the order of [`COLUMNS`]. None of them is a formula.
pub fn cells(user: &User) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let flag = |value: Option<bool>| value.map(|value| value.to_string()).unwrap_or_default();
    let count = |count: Option<usize>| count.unwrap_or_default().to_string();
    let name = user.name.as_ref();
    let emails = user.emails.iter().flatten();
    let phones = user.phone_numbers.iter().flatten();
    let verified_emails = emails.clone().filter(|email| email.verified == Some(true));
    let verified_phones = phones.clone().filter(|phone| phone.verified == Some(true));
    let providers = user.providers.iter().flatten();
    [
        user.user_id.clone(),
        text(&user.external_id),
        text(&user.status),
        flag(user.is_locked),
        text(&user.lock_expires_at),
        name.map(|name| text(&name.first_name)).unwrap_or_default(),
        name.map(|name| text(&name.last_name)).unwrap_or_default(),
        list(emails.filter_map(|email| email.email.as_ref())),
        list(verified_emails.filter_map(|email| email.email.as_ref())),
        list(phones.filter_map(|phone| phone.phone_number.as_ref())),
        list(verified_phones.filter_map(|phone| phone.phone_number.as_ref())),
        list(providers.filter_map(|provider| provider.provider_type.as_ref())),
        count(user.webauthn_registrations.as_ref().map(Vec::len)),
        count(user.totps.as_ref().map(Vec::len)),
        user.password.is_some().to_string(),
        count(user.crypto_wallets.as_ref().map(Vec::len)),
        list(user.roles.iter().flatten()),
        text(&user.created_at),
    ]
    .map(|cell| neutralize(&cell).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_get_an_apostrophe() {
        for cell in [
            "=1+1",
            "+12025550101",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1",
        ] {
            assert_eq!(neutralize(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", " =1", "2020-01-06T08:30:00Z", "ada@example.com"] {
            assert_eq!(neutralize(cell), cell);
        }
        assert_eq!(neutralize("a;=1;b"), "a;'=1;b");
        let values = ["+1".to_owned(), "b".to_owned(), "=c".to_owned()];
        assert_eq!(list(values.iter()), "'+1; b; '=c");
    }
}
