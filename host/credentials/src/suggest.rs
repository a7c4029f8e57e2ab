//! What was meant by a name that does not exist.

/// How alike two names must be, from 0 to 1. clap takes 0.7 for flags; names of
/// filters have more letters in common.
const ALIKE: f64 = 0.8;

/// The name that is most like `wrong`, if one is like it at all.
pub(crate) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::jaro(wrong, name), name))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_alike_is_suggested() {
        let names = ["email_address", "email_id", "status"];
        for (wrong, expected) in [
            ("emial_address", Some("email_address")),
            ("emailId", Some("email_id")),
            ("statsu", Some("status")),
            ("shoe_size", None),
            ("", None),
            ("🦀", None),
        ] {
            assert_eq!(nearest(wrong, names.into_iter()), expected, "{wrong}");
        }
    }
}
