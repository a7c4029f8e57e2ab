//! The console of `serve`, and the browser that it opens.

use crate::serve::Service;
use crate::{cli, stderr};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// A browser that writes down the address that it is to open.
fn browser(folder: &Path) -> String {
    let bin = folder.join("bin");
    fs::create_dir(&bin).unwrap();
    let file = folder.join("opened");
    for name in ["xdg-open", "open"] {
        let script = format!(
            "#!/bin/sh\nprintf %s \"$1\" > {0}.part && mv {0}.part {0}\n",
            file.display()
        );
        fs::write(bin.join(name), script).unwrap();
        fs::set_permissions(bin.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", bin.display())
}

/// The status, the headers and the body of a page.
fn get(service: &Service, path: &str) -> String {
    crate::serve::send(service.address(), "none", ["GET", path, ""], "").unwrap()
}

#[test]
fn open_signs_in_with_an_address_that_has_no_token() {
    let (cli, folder) = (cli(), tempfile::tempdir().unwrap());
    let path = browser(folder.path());
    let variables = [("PATH", path.as_str())];
    let service = Service::start_with(&cli, &["--emulator"], &["--open"], &variables, 2);
    let opened = folder.path().join("opened");
    while !opened.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let address = fs::read_to_string(&opened).unwrap();
    let origin = format!("http://{}/console/open?code=", service.address());
    assert!(address.starts_with(&origin), "{address}");
    assert!(!address.contains(service.token()), "{address}");
    let path = address
        .strip_prefix(&format!("http://{}", service.address()))
        .unwrap();
    let page = get(&service, path);
    assert!(page.starts_with("HTTP/1.0 303"), "{page}");
    assert!(page.contains("set-cookie: stytch_session_"), "{page}");
    assert!(
        get(&service, path).starts_with("HTTP/1.0 401"),
        "it works once"
    );
}

#[test]
fn the_console_is_on_for_loopback_unless_it_is_turned_off() {
    let cli = cli();
    let service = Service::start(&cli, &["--emulator"], &[], 2);
    let root = get(&service, "/");
    assert!(
        root.starts_with("HTTP/1.0 303") && root.contains("location: /console"),
        "{root}"
    );
    assert!(get(&service, "/console").contains("<h1>Sign in</h1>"));
    let never = Service::start_with(&cli, &["--emulator"], &["--console", "never"], &[], 2);
    assert!(get(&never, "/console").starts_with("HTTP/1.0 400"));
}

#[test]
fn open_needs_a_console() {
    for flags in [
        &["--console", "never"][..],
        &["--listen", "unix:/nowhere/http.sock"],
        &["--listen", "0.0.0.0:0"],
    ] {
        let args = [&["--emulator", "serve", "--open"], flags].concat();
        let output = cli().run(&args);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let text = stderr(&output);
        assert!(text.contains("--open needs the console"), "{text}");
    }
}
