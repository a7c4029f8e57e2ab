use super::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use stytch_host::Environment;
use tempfile::TempDir;

/// A keyring in memory, which can be told to fail.
#[derive(Debug, Default)]
struct Fake {
    secrets: RefCell<BTreeMap<String, String>>,
    fails: Option<fn() -> KeyringError>,
}

impl Fake {
    fn answer(&self) -> Result<(), KeyringError> {
        self.fails.map_or(Ok(()), |error| Err(error()))
    }
}

impl Keyring for Fake {
    fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        self.answer()?;
        let (account, secret) = (account.to_owned(), secret.expose().to_owned());
        self.secrets.borrow_mut().insert(account, secret);
        Ok(())
    }

    fn get(&self, account: &str) -> Result<Secret, KeyringError> {
        self.answer()?;
        let secrets = self.secrets.borrow();
        let secret = secrets.get(account).ok_or(KeyringError::Missing)?;
        Ok(Secret::new(secret.clone()))
    }

    fn delete(&self, account: &str) -> Result<(), KeyringError> {
        self.answer()?;
        let removed = self.secrets.borrow_mut().remove(account);
        removed.map(drop).ok_or(KeyringError::Missing)
    }
}

/// A store in a folder that lives as long as the first of the two.
fn store() -> (TempDir, Store<Fake>) {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path().join("stytch-host"), FILE);
    let keyring = Fake::default();
    (home, Store { folder, keyring })
}

fn new(project_id: &str, secret: &str, store: StoreChoice) -> NewCredential {
    NewCredential {
        label: Label {
            name: "acme".to_owned(),
            environment: Environment::of(project_id),
        },
        project_id: project_id.to_owned(),
        base_url: None,
        secret: Secret::new(secret.to_owned()),
        replace: true,
        default: false,
        store,
    }
}

fn secret(store: &Store<Fake>) -> String {
    store.get_with_secret("acme").unwrap().1.expose().to_owned()
}

fn text(store: &Store<Fake>) -> String {
    fs::read_to_string(store.file()).unwrap()
}

#[test]
fn a_secret_in_the_keyring_is_not_in_the_file() {
    let (_home, store) = store();
    let added = store
        .add(new("project-test-1", "hush", StoreChoice::Auto))
        .unwrap();
    assert_eq!(
        (added.stored.store, added.no_keyring),
        (Place::Keyring, None)
    );
    assert_eq!(secret(&store), "hush");
    assert!(!text(&store).contains("hush"));
    store.remove("acme").unwrap();
    assert!(store.keyring.secrets.borrow().is_empty());
    assert!(store.get_with_secret("acme").is_err());
}

#[test]
fn replacing_a_credential_leaves_no_old_secret_behind() {
    let (_home, store) = store();
    for (project_id, secret_text, choice, in_keyring) in [
        ("project-test-1", "one", StoreChoice::Keyring, true),
        ("project-test-1", "two", StoreChoice::File, false),
        ("project-test-1", "three", StoreChoice::Keyring, true),
        ("project-test-2", "four", StoreChoice::Keyring, true),
    ] {
        store.add(new(project_id, secret_text, choice)).unwrap();
        assert_eq!(secret(&store), secret_text);
        let secrets: Vec<_> = store.keyring.secrets.borrow().values().cloned().collect();
        let expected = in_keyring.then(|| secret_text.to_owned());
        assert_eq!(secrets, Vec::from_iter(expected));
        assert_eq!(text(&store).contains(secret_text), !in_keyring);
    }
}

#[test]
fn uses_the_file_only_if_there_is_no_keyring_and_none_was_required() {
    let (_home, mut store) = store();
    store.keyring.fails = Some(|| KeyringError::Absent("no session".to_owned()));
    let refused = store.add(new("project-test-1", "hush", StoreChoice::Keyring));
    assert!(refused.unwrap_err().to_string().contains("no session"));
    assert!(store.list().unwrap().is_empty());
    let added = store
        .add(new("project-test-1", "hush", StoreChoice::Auto))
        .unwrap();
    assert_eq!(added.stored.store, Place::File);
    assert_eq!(added.no_keyring.as_deref(), Some("no session"));
    assert_eq!(secret(&store), "hush");
}

#[test]
fn a_locked_keyring_is_an_error_not_a_reason_to_use_the_file() {
    let (_home, mut store) = store();
    store.keyring.fails = Some(|| KeyringError::TimedOut);
    for choice in [StoreChoice::Auto, StoreChoice::Keyring] {
        let refused = store.add(new("project-test-1", "hush", choice));
        let error = refused.unwrap_err().to_string();
        assert!(error.starts_with("acme (test) was not stored") && error.contains("3 seconds"));
        assert!(store.list().unwrap().is_empty());
    }
}

#[test]
fn keeps_a_credential_whose_secret_cannot_be_removed() {
    let (_home, mut store) = store();
    store
        .add(new("project-test-1", "hush", StoreChoice::Keyring))
        .unwrap();
    store.keyring.fails = Some(|| KeyringError::TimedOut);
    assert!(store.remove("acme").is_err());
    assert_eq!(store.list().unwrap().len(), 1);
    store.keyring.fails = None;
    // Somebody removed it with another program.
    store.keyring.secrets.borrow_mut().clear();
    let error = store.get_with_secret("acme").unwrap_err().to_string();
    assert!(error.contains("acme (test)"), "{error}");
    store.remove("acme").unwrap();
    assert!(store.list().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_failed_write_restores_the_keyring() {
    let (_home, store) = store();
    let add = |project_id, secret| store.add(new(project_id, secret, StoreChoice::Keyring));
    add("project-test-1", "old").unwrap();
    // A folder cannot be swept away as a file is.
    let obstacle = store.file().with_file_name(".credentials-x");
    fs::create_dir(&obstacle).unwrap();
    for project_id in ["project-test-1", "project-test-2"] {
        assert!(add(project_id, "new").is_err());
        assert_eq!(secret(&store), "old");
        assert_eq!(store.keyring.secrets.borrow().len(), 1);
    }
    fs::remove_dir(&obstacle).unwrap();
    add("project-test-1", "new").unwrap();
    assert_eq!(secret(&store), "new");
}
