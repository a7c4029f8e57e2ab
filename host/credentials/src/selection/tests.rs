use super::*;

fn from(variables: &[(&str, &str)]) -> Result<Option<Credential>, Error> {
    from_variables(|name| {
        let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
        Some(OsString::from(value))
    })
}

#[test]
fn both_variables_make_a_credential() {
    let both = [
        ("STYTCH_PROJECT_ID", "project-live-1"),
        ("STYTCH_SECRET", "hush"),
    ];
    let credential = from(&both).unwrap().unwrap();
    assert_eq!(credential.project_id(), "project-live-1");
}

#[test]
fn ignores_white_space_around_a_value() {
    let credential = from(&[
        ("STYTCH_PROJECT_ID", " project-live-1\r\n"),
        ("STYTCH_SECRET", "\u{feff}hush\n"),
    ]);
    assert_eq!(credential.unwrap().unwrap().project_id(), "project-live-1");
    let blank = [("STYTCH_PROJECT_ID", " "), ("STYTCH_SECRET", "\n")];
    assert!(from(&blank).unwrap().is_none());
}

#[test]
fn names_a_value_in_the_wrong_variable_without_quoting_it() {
    for (project_id, secret, expected) in [
        (
            "secret-live-hush",
            "project-live-1",
            "STYTCH_PROJECT_ID holds what looks like a secret, and STYTCH_SECRET a project ID",
        ),
        (
            "secret-test-hush",
            "secret-test-hush",
            "STYTCH_PROJECT_ID holds what looks like a secret",
        ),
        (
            "secret-test-hush",
            "",
            "STYTCH_PROJECT_ID holds what looks like a secret",
        ),
        (
            "project-test-1",
            "project-test-1",
            "STYTCH_SECRET holds what looks like a project ID",
        ),
        (
            "\"project-live-1\"",
            "hush",
            "STYTCH_PROJECT_ID has quotation marks around it",
        ),
        (
            "project-live-1",
            "hu sh",
            "STYTCH_SECRET has a space inside",
        ),
        (
            "Project-Live-1",
            "hush",
            "STYTCH_PROJECT_ID begins with project-live- in other letters",
        ),
    ] {
        let error = from(&[("STYTCH_PROJECT_ID", project_id), ("STYTCH_SECRET", secret)]);
        let text = error.unwrap_err().to_string();
        assert!(text.contains(expected) && !text.contains("hush"), "{text}");
    }
}

#[test]
fn unset_and_empty_variables_are_no_credential() {
    let empty = [("STYTCH_SECRET", ""), ("STYTCH_PROJECT_ID", "")];
    assert!(from(&[]).unwrap().is_none());
    assert!(from(&empty).unwrap().is_none());
}

#[test]
fn names_the_variable_that_is_missing() {
    for (variables, expected) in [
        (&[("STYTCH_SECRET", "hush")][..], "STYTCH_PROJECT_ID is not"),
        (&[("STYTCH_PROJECT_ID", "p")], "STYTCH_SECRET is not"),
        (
            &[("STYTCH_PROJECT_ID", "p"), ("STYTCH_SECRET", "")],
            "STYTCH_SECRET is not",
        ),
    ] {
        let text = from(variables).unwrap_err().to_string();
        assert!(text.contains(expected) && !text.contains("hush"), "{text}");
    }
}
