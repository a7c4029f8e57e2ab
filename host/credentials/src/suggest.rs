//! Suggestions for unknown names.

/// The least similarity of a suggestion, from 0 to 1. clap's is 0.7; names of filters and
/// members have more letters in common than flags.
const THRESHOLD: f64 = 0.8;

/// Returns the name that is most similar to `wrong`; `None` if none is similar enough to be
/// suggested.
pub fn most_similar<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::jaro(wrong, name), name))
        .filter(|(similarity, _)| *similarity > THRESHOLD)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_similar_names() {
        let names = ["email_address", "email_id", "status"];
        for (wrong, expected) in [
            ("emial_address", Some("email_address")),
            ("emailId", Some("email_id")),
            ("statsu", Some("status")),
            ("shoe_size", None),
            ("", None),
            ("🦀", None),
        ] {
            assert_eq!(most_similar(wrong, names.into_iter()), expected, "{wrong}");
        }
    }
}
