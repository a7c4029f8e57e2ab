use super::*;
use std::fs;

const JUNK: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn certificate() -> rcgen::Certificate {
    let key = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    key.cert
}

fn read_variables(variables: &[(&str, &OsStr)]) -> Result<Authorities, String> {
    let mut roots = Roots::default();
    let read = roots.read_variables_of(|name| {
        let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
        Some((*value).to_owned())
    });
    read.map_err(|error| error.to_string())?;
    Ok(roots.store().unwrap().1)
}

/// Returns the number of authorities, and asserts that none is Mozilla's or the system's.
fn trusted(variables: &[(&str, &OsStr)]) -> usize {
    let authorities = read_variables(variables).unwrap();
    assert_eq!((authorities.system, authorities.bundled), (0, 0));
    authorities.variables
}

#[test]
fn trusts_only_what_the_variables_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (one, two) = (certificate().pem(), certificate().pem());
    fs::write(path("one.pem"), &one).unwrap();
    fs::write(path("bom.pem"), format!("\u{feff}{one}")).unwrap();
    fs::write(path("partly.pem"), format!("{JUNK}{one}")).unwrap();
    for name in ["one.pem", "bom.pem", "partly.pem"] {
        assert_eq!(trusted(&[(FILE, path(name).as_os_str())]), 1, "{name}");
    }
    let directory = path("directory");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("two.pem"), two).unwrap();
    fs::write(directory.join("README"), "no certificate").unwrap();
    let several = env::join_paths([path("missing"), directory.clone()]).unwrap();
    for list in [directory.as_os_str(), &several] {
        assert_eq!(trusted(&[(DIRECTORIES, list)]), 1);
    }
    let both = [
        (FILE, path("one.pem").into_os_string()),
        (DIRECTORIES, directory.into_os_string()),
    ];
    assert_eq!(
        trusted(&both.each_ref().map(|(name, value)| (*name, &**value))),
        2
    );
}

#[test]
fn an_unusable_value_of_a_variable_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let pem = certificate().pem();
    fs::write(path("good.pem"), &pem).unwrap();
    for (name, content) in [
        ("empty.pem", &b""[..]),
        ("cut.pem", &pem.as_bytes()[..pem.len() / 2]),
        ("der.pem", certificate().der()),
        ("text.pem", b"no certificate"),
        ("junk.pem", JUNK.as_bytes()),
        (
            "other.pem",
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ),
    ] {
        fs::write(path(name), content).unwrap();
    }
    for name in ["directory", "directory/inner", "junk"] {
        fs::create_dir(path(name)).unwrap();
    }
    fs::write(path("junk/junk.pem"), JUNK).unwrap();
    for (variable, value, expected) in [
        (FILE, "", "it is empty"),
        (FILE, "missing.pem", "No such file"),
        (FILE, "empty.pem", "it is empty"),
        (FILE, "cut.pem", "damaged"),
        (FILE, "der.pem", "openssl x509 -inform der"),
        (FILE, "text.pem", "no PEM certificate"),
        (FILE, "other.pem", "no PEM certificate"),
        (FILE, "junk.pem", "can be parsed"),
        (FILE, "directory", "it is a directory"),
        (DIRECTORIES, "", "it is empty"),
        (DIRECTORIES, "missing", "No such file"),
        (DIRECTORIES, "directory", "no PEM certificate"),
        (DIRECTORIES, "good.pem", "Not a directory"),
        (DIRECTORIES, "junk", "can be parsed"),
    ] {
        let value = match value {
            "" => OsString::new(),
            name => path(name).into_os_string(),
        };
        let good = path("good.pem").into_os_string();
        let mut variables = vec![(variable, &*value)];
        let error = read_variables(&variables).unwrap_err();
        assert!(
            error.contains(variable) && error.contains(expected),
            "{variable}={value:?}: {error}"
        );
        // It is an error even if the other variable is valid.
        if variable == DIRECTORIES {
            variables.push((FILE, &good));
            assert_eq!(read_variables(&variables), Err(error));
        }
    }
}

#[test]
fn checks_additional_files_in_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("junk.pem");
    fs::write(&path, JUNK).unwrap();
    let error = Roots::default().add_pem_file(&path).unwrap_err();
    assert!(error.to_string().contains("can be parsed"), "{error}");
    fs::write(&path, certificate().der()).unwrap();
    let error = Roots::default().add_pem_file(&path).unwrap_err();
    assert!(error.to_string().contains("DER form"), "{error}");
    fs::write(&path, format!("\u{feff}{}", certificate().pem())).unwrap();
    Roots::default().add_pem_file(&path).unwrap();
}

/// Mozilla's authorities replace a missing trust store, but not a damaged one.
#[test]
fn a_damaged_system_store_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let add = |path: Option<&Path>| {
        let mut store = RootCertStore::empty();
        let found = load_certs_from_paths(path, None);
        add_system(&mut store, found).map_err(|error| error.to_string())
    };
    assert_eq!(add(None), Ok(0));
    let path = folder.path().join("system.pem");
    fs::write(&path, certificate().pem()).unwrap();
    assert_eq!(add(Some(&path)), Ok(1));
    for (content, expected) in [
        (JUNK, "can be parsed"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            "the system's trust store",
        ),
    ] {
        fs::write(&path, content).unwrap();
        let error = add(Some(&path)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let error = add(Some(&folder.path().join("missing.pem"))).unwrap_err();
    assert!(error.contains("missing.pem: No such file"), "{error}");
}
