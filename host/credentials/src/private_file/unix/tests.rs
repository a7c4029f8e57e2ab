//! Which files are refused, and with which hint.

use super::*;

/// The superuser, who may run the tests, can open everything.
#[test]
fn suggests_chmod_where_the_owner_has_no_permission() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    rustix::fs::chmod(&file, Mode::empty()).unwrap();
    rustix::fs::chmod(folder.path(), Mode::RWXU).unwrap();
    for (path, kind, mend) in [
        (folder.path(), Kind::Folder, "chmod u+rwx "),
        (&file, Kind::File, "chmod u+rw "),
    ] {
        let error = refused(path, kind, Content::Credentials, Errno::ACCESS);
        let said = format!("{error} {}", error.hint().unwrap());
        assert!(said.contains(mend) && said.contains("denied"), "{said}");
    }
}

#[test]
fn rejects_a_file_of_another_user() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let stat = rustix::fs::stat(file.path()).unwrap();
    for content in [Content::Credentials, Content::State, Content::Users] {
        for kind in [Kind::File, Kind::Complete] {
            let check = |user| check(&stat, user, file.path(), kind, content);
            assert!(check(stat.st_uid).is_ok());
            let error = check(stat.st_uid + 1).unwrap_err().to_string();
            assert!(error.contains("another user"), "{error}");
        }
    }
}
