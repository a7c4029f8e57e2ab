//! What is refused, and with which advice.

use super::*;

#[test]
fn a_path_of_an_advice_is_not_a_flag() {
    assert_eq!(quote(Path::new("-state")), "./-state");
    assert_eq!(quote(Path::new("- x")), "'./- x'");
    assert_eq!(quote(Path::new("/a-b")), "/a-b");
}

/// Where root runs the tests, nothing is refused to it.
#[test]
fn what_its_owner_may_not_open_is_refused_with_the_command_that_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    rustix::fs::chmod(&file, Mode::empty()).unwrap();
    rustix::fs::chmod(folder.path(), Mode::RWXU).unwrap();
    for (path, kind, mend) in [
        (folder.path(), Kind::Folder, "chmod u+rwx "),
        (&file, Kind::File, "chmod u+rw "),
    ] {
        let usage = refused(path, kind, Content::Credentials, Errno::ACCESS);
        let said = format!("{usage:?}");
        assert!(said.contains(mend) && said.contains("denied"), "{said}");
    }
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let stat = rustix::fs::stat(file.path()).unwrap();
    for content in [Content::Credentials, Content::State, Content::Users] {
        for kind in [Kind::File, Kind::Whole] {
            let check = |user| check(&stat, user, file.path(), kind, content);
            assert!(check(stat.st_uid).is_ok());
            let error = check(stat.st_uid + 1).unwrap_err().to_string();
            assert!(error.contains("another user"), "{error}");
        }
    }
}
