//! Reads a folder of credentials, as Kubernetes and Docker mount secrets. Files that have
//! not changed are not read again.

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::redact::redact;
use crate::regular_file::read_regular_file;
use crate::shell::steers_terminal;
use crate::validate::{check_name, check_project_id, check_secret, trimmed};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use stytch_host::{Credential, Environment, Secret};
use zeroize::Zeroizing;

const PROJECT_ID: &str = "project-id";
const SECRET: &str = "secret";
const BASE_URL: &str = "base-url";

/// The largest file, in bytes.
const LARGEST: u64 = 4096;

/// A credential of a source, or why it cannot be used.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) credential: Result<Arc<Credential>, String>,
    files: [Option<Fingerprint>; 3],
}

impl Member {
    /// A member that is not of a folder.
    pub(super) fn of(credential: Result<Credential, String>) -> Self {
        Self {
            credential: credential.map(Arc::new),
            files: [None; 3],
        }
    }
}

/// Reads the members that have changed, and returns whether any has.
pub(super) fn update(path: &Path, members: &mut BTreeMap<String, Member>) -> io::Result<bool> {
    let mut has_changed = false;
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = shown(&entry.file_name().to_string_lossy());
        let folder = entry.path();
        // Kubernetes has folders of its own there, such as `..data`.
        if name.starts_with('.') || !may_be_folder(&folder) {
            continue;
        }
        let files =
            [PROJECT_ID, SECRET, BASE_URL].map(|file| Some(Fingerprint::of(&folder.join(file))));
        let member = match members.remove(&name) {
            Some(member) if member.files == files && member.credential.is_ok() => member,
            before => {
                let credential = read(&name, &folder).map(Arc::new);
                // What could not be read is read again: permissions change without the file.
                let is_same = before.is_some_and(|before| {
                    before.files == files
                        && before.credential.as_ref().err() == credential.as_ref().err()
                });
                has_changed |= !is_same;
                Member { credential, files }
            }
        };
        found.insert(name, member);
    }
    // What is left was removed from the folder.
    has_changed |= !members.is_empty();
    *members = found;
    Ok(has_changed)
}

/// Whether it is a folder, or cannot be looked at, as a link that leads nowhere. What was
/// removed meanwhile is neither.
fn may_be_folder(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => metadata.is_dir(),
        Err(_) => {
            !fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        }
    }
}

/// The name of a folder, as it may be shown.
fn shown(name: &str) -> String {
    redact(name).replace(steers_terminal, "\u{fffd}")
}

/// Why `what` cannot be used. A secret in it was not an argument.
fn reason(what: &str, error: &Error) -> String {
    match error {
        Error::SecretAsArgument => format!("{what} looks like a secret"),
        error => error.to_string(),
    }
}

/// Reads one credential. An error names the file and does not quote it.
fn read(name: &str, folder: &Path) -> Result<Credential, String> {
    check_name(name).map_err(|error| reason("the name of its folder", &error))?;
    let text =
        |file: &str| read_text(&folder.join(file)).map_err(|error| format!("{file}: {error}"));
    let invalid_id = |error| reason(PROJECT_ID, &error);
    let invalid_secret = |error| reason(SECRET, &error);

    let project_id = text(PROJECT_ID)?;
    let project_id = trimmed(PROJECT_ID, &project_id).map_err(invalid_id)?;
    check_project_id(PROJECT_ID, project_id).map_err(invalid_id)?;
    let secret = text(SECRET)?;
    let secret = trimmed(SECRET, &secret).map_err(invalid_secret)?;
    let secret = Secret::new(secret.to_owned());
    check_secret(Environment::of(project_id), &secret).map_err(invalid_secret)?;

    let credential = Credential::new(project_id, secret);
    match read_text(&folder.join(BASE_URL)) {
        Ok(url) => credential
            .with_base_url(url.trim_ascii())
            .map_err(|error| format!("{BASE_URL}: {error}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(credential),
        Err(error) => Err(format!("{BASE_URL}: {error}")),
    }
}

fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    let bytes = read_regular_file(path, LARGEST)?;
    let text = str::from_utf8(&bytes).map_err(|_| io::Error::other("not UTF-8 text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, files: &[(&str, &str)]) {
        fs::create_dir_all(folder.join(name)).unwrap();
        for (file, content) in files {
            fs::write(folder.join(name).join(file), content).unwrap();
        }
    }

    #[test]
    fn each_folder_is_a_credential_and_a_bad_one_does_not_affect_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let project_id = ("project-id", "project-test-1\n");
        let secret = ("secret", "secret-test-1\n");
        write(path, "good", &[project_id, secret]);
        write(
            path,
            "custom",
            &[
                project_id,
                secret,
                ("base-url", "https://login.example.com\n"),
            ],
        );
        write(path, "no-secret", &[project_id]);
        write(
            path,
            "live-secret",
            &[project_id, ("secret", "secret-live-1")],
        );
        write(
            path,
            "bad-url",
            &[project_id, secret, ("base-url", "nonsense/path")],
        );
        write(
            path,
            "swapped",
            &[
                ("project-id", "secret-test-1"),
                ("secret", "project-test-1"),
            ],
        );
        write(path, "..data", &[project_id, secret]);
        fs::write(path.join("a file"), "").unwrap();

        let mut members = BTreeMap::new();
        assert!(update(path, &mut members).unwrap());
        let usable: Vec<_> = members
            .iter()
            .map(|(name, member)| (name.as_str(), member.credential.is_ok()))
            .collect();
        let expected = [
            ("bad-url", false),
            ("custom", true),
            ("good", true),
            ("live-secret", false),
            ("no-secret", false),
            ("swapped", false),
        ];
        assert_eq!(usable, expected);
        let reasons = members
            .values()
            .filter_map(|member| member.credential.as_ref().err());
        assert!(
            reasons
                .clone()
                .all(|reason| !reason.contains("secret-live-1"))
        );
        assert!(reasons.clone().any(|reason| reason.starts_with("secret: ")));
        assert!(
            reasons
                .clone()
                .any(|reason| reason == "project-id looks like a secret")
        );
        assert!(!update(path, &mut members).unwrap(), "nothing has changed");
    }

    #[test]
    fn the_name_of_a_folder_is_shown_without_secrets_and_line_breaks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        write(path, "secret-live-1", &[]);
        write(path, "a\nb\u{1b}", &[]);
        let mut members = BTreeMap::new();
        update(path, &mut members).unwrap();
        let shown: Vec<_> = members
            .iter()
            .map(|(name, member)| (name.as_str(), member.credential.as_ref().err().unwrap()))
            .map(|(name, reason)| format!("{name}: {reason}"))
            .collect();
        let expected = [
            "a\u{fffd}b\u{fffd}: a credential's name must have 1 to 64 letters, digits, hyphens, \
             underscores and dots, but this one does not",
            "secret-live-<hidden>: the name of its folder looks like a secret",
        ];
        assert_eq!(shown, expected);
        assert!(!update(path, &mut members).unwrap(), "nothing has changed");
    }

    #[test]
    fn a_rotated_secret_and_a_removed_credential_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let project_id = ("project-id", "project-test-1");
        write(path, "a", &[project_id, ("secret", "secret-test-1")]);
        write(path, "b", &[project_id, ("secret", "secret-test-1")]);
        let mut members = BTreeMap::new();
        update(path, &mut members).unwrap();
        write(path, "a", &[("secret", "secret-test-two")]);
        assert!(update(path, &mut members).unwrap());
        let member = members.get("a").unwrap();
        assert!(member.credential.is_ok());
        fs::remove_dir_all(path.join("b")).unwrap();
        assert!(update(path, &mut members).unwrap());
        assert_eq!(members.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_a_credential_that_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("a");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let mut members = BTreeMap::new();
        update(folder.path(), &mut members).unwrap();
        let reason = members["a"].credential.as_ref().unwrap_err();
        assert!(reason.starts_with("project-id: "), "{reason}");
        fs::remove_file(&link).unwrap();
        assert!(update(folder.path(), &mut members).unwrap());
        assert!(members.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_not_waited_for() {
        use rustix::fs::{CWD, Mode, mkfifoat};
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a", &[("project-id", "project-test-1")]);
        let pipe = folder.path().join("a").join("secret");
        mkfifoat(CWD, &pipe, Mode::RUSR).unwrap();
        let mut members = BTreeMap::new();
        update(folder.path(), &mut members).unwrap();
        let reason = members["a"].credential.as_ref().unwrap_err();
        assert_eq!(reason, "secret: not a regular file");
        assert!(!update(folder.path(), &mut members).unwrap());
    }
}
