//! The service as a process: what it prints, its tokens, and how it ends.

use crate::served::Server;
use crate::{assert_no_secret, cli, json, stderr, stdout};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use stytch_testkit::Cli;

/// A running service.
pub(crate) struct Service {
    pub(crate) server: Server,
    lines: Vec<String>,
}

impl Service {
    /// Starts on a free port, and waits for this many lines.
    pub(crate) fn start(
        cli: &Cli,
        global: &[&str],
        variables: &[(&str, &str)],
        lines: usize,
    ) -> Self {
        Self::start_with(cli, global, &[], variables, lines)
    }

    /// The same with further flags of `serve`.
    pub(crate) fn start_with(
        cli: &Cli,
        global: &[&str],
        flags: &[&str],
        variables: &[(&str, &str)],
        lines: usize,
    ) -> Self {
        let args = [global, &["serve", "--listen", "127.0.0.1:0"], flags].concat();
        let mut command = cli.command(&args);
        let (server, lines) = Server::start(command.envs(variables.iter().copied()), lines);
        Self { server, lines }
    }

    /// Starts a command, whose standard error goes to a file, and waits for this many lines.
    pub(crate) fn start_with_log(command: &mut Command, lines: usize, log: &Path) -> Self {
        let (server, lines) = Server::start_with_log(command, lines, log);
        Self { server, lines }
    }

    pub(crate) fn address(&self) -> &str {
        let line = self.lines[0].strip_prefix("export STYTCH_HOST_URL=http://");
        line.unwrap().trim_end()
    }

    pub(crate) fn token(&self) -> &str {
        let line = self.lines[1].strip_prefix("export STYTCH_HOST_TOKEN=");
        line.unwrap().trim_end()
    }

    /// The status and the body of a response.
    fn get(&self, path: &str, token: &str) -> (u16, String) {
        self.get_with(path, token, "")
    }

    /// Waits until a token is answered with this status.
    fn wait_for(&self, status: u16, token: &str) {
        let until = Instant::now() + Duration::from_secs(30);
        while self.get("/v1/credentials", token).0 != status {
            assert!(Instant::now() < until, "the token is not noticed");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// As [`Self::get`], with further header lines.
    pub(crate) fn get_with(&self, path: &str, token: &str, headers: &str) -> (u16, String) {
        let response = send(self.address(), token, ["GET", path, ""], headers);
        status_and_body(&response.unwrap())
    }
}

/// Sends a request, a method, a path and a body, and returns the response, which in HTTP/1.0
/// ends with the connection. The error is that of a connection that was not accepted.
pub(crate) fn send(
    address: &str,
    token: &str,
    [method, path, body]: [&str; 3],
    headers: &str,
) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut response = String::new();
    match stream.read_to_string(&mut response) {
        // It was in the system's queue when the service stopped listening.
        Ok(0) => Err(io::ErrorKind::ConnectionReset.into()),
        Err(error) if response.is_empty() => Err(error),
        result => result.map(|_| response),
    }
}

/// The status and the body of a response.
pub(crate) fn status_and_body(response: &str) -> (u16, String) {
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

#[test]
fn it_prints_its_url_and_a_token_and_ends_with_0() {
    let cli = cli();
    let served = Service::start(&cli, &["--emulator"], &[], 2);
    let path = "/v1/credentials/emulator/users/ada.lovelace";
    let (status, body) = served.get(path, served.token());
    assert_eq!(status, 200, "{body}");
    let (status, _) = served.get(path, "wrong");
    assert_eq!(status, 401);
    let token = served.token().to_owned();
    let (status, log) = served.server.end_with("-TERM");
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains(&token) && !log.contains("ada"), "{log}");
}

#[test]
fn the_variables_are_the_credential_env() {
    let cli = cli();
    let variables = [
        ("STYTCH_PROJECT_ID", "project-test-1"),
        ("STYTCH_SECRET", crate::HUSH),
    ];
    let served = Service::start(&cli, &[], &variables, 2);
    let (_, body) = served.get("/v1/credentials", served.token());
    assert_eq!(
        body,
        r#"{"credentials":[{"name":"env","environment":"test","usable":true}]}"#
    );
}

#[test]
fn a_token_permits_what_it_was_created_for_until_it_is_revoked() {
    let cli = cli();
    let created = cli.run(&[
        "token",
        "create",
        "ci",
        "--credential",
        "other,acme-test",
        "--operation",
        "check",
        "--expires",
        "90d",
    ]);
    assert!(created.status.success(), "{}", stderr(&created));
    let token = stdout(&created).trim_end().to_owned();
    assert!(token.starts_with("sth_"));
    let file = cli.home().join(".config/stytch-host/tokens.json");
    assert!(!std::fs::read_to_string(file).unwrap().contains(&token));
    let listed = cli.run(&["token", "list", "--output", "json"]);
    let listed = json(&listed);
    assert_eq!(listed[0]["name"], "ci");
    assert_eq!(listed[0]["operations"][0], "check");

    // Tokens are not printed again.
    let served = Service::start(&cli, &[], &[], 1);
    let (status, body) = served.get("/v1/credentials", &token);
    assert_eq!((status, body.as_str()), (200, r#"{"credentials":[]}"#));
    let (status, body) = served.get("/v1/credentials/acme-test/users/x", &token);
    assert_eq!(status, 403, "{body}");

    let revoked = cli.run(&["token", "revoke", "ci"]);
    assert!(revoked.status.success());
    served.wait_for(401, &token);
}

#[test]
fn a_token_that_is_created_later_is_noticed_beside_the_printed_one() {
    let cli = cli();
    let served = Service::start(&cli, &[], &[], 2);
    let created = cli.run(&["token", "create", "ci"]);
    let token = stdout(&created).trim_end().to_owned();
    served.wait_for(200, &token);
    assert_eq!(served.get("/v1/credentials", served.token()).0, 200);
    cli.run(&["token", "revoke", "ci"]);
    served.wait_for(401, &token);
    assert_eq!(served.get("/v1/credentials", served.token()).0, 200);
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn it_says_why_it_cannot_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let empty = file("empty.json", r#"{"version":1,"tokens":[]}"#);
    let broken = file("broken.json", "{");
    for (args, exit, message, hint) in [
        (
            &["serve", "--listen", &taken][..],
            2,
            "cannot listen on",
            "port 0 takes any free one",
        ),
        (
            &["serve", "--listen", "0.0.0.0:0"],
            2,
            "lets other machines in",
            "stytch-host token create NAME",
        ),
        (
            &["serve", "--tls-cert", "none.crt", "--tls-key", "none.key"],
            2,
            "none.crt cannot be read",
            "PEM files of a certificate chain",
        ),
        (
            &["serve", "--tokens-file", "none.json"],
            2,
            "the tokens in none.json cannot be read",
            "a copy of the file tokens.json",
        ),
        (
            &["serve", "--tokens-file", &empty],
            2,
            "empty.json has no token",
            "token create NAME",
        ),
        (
            &["serve", "--tokens-file", &broken],
            2,
            "broken.json is not a list of tokens: see line 1, column 1",
            "a copy of the file tokens.json",
        ),
        (
            &["--emulator", "serve", "--tokens-file", "none.json"],
            2,
            "--tokens-file does not apply to the emulator",
            "leave out --emulator",
        ),
        (
            &["--emulator", "serve", "--credentials-dir", "none"],
            2,
            "--credentials-dir does not apply to the emulator",
            "leave out --emulator",
        ),
        (
            &["serve", "--listen", "/run/http.sock"],
            2,
            "not an IP address with a port, such as 127.0.0.1:4010 or [::1]:0, and no path of a \
             socket after unix:",
            "",
        ),
        (
            &["serve", "--listen", "unix:/nowhere/http.sock"],
            2,
            "cannot listen on unix:/nowhere/http.sock",
            "a folder that exists",
        ),
        (&["serve", "--drain", "1e20"], 2, "is too long", ""),
        (
            &["--credential", "acme", "serve"],
            2,
            "--credential does not apply to serve",
            "/v1/credentials/NAME/",
        ),
        (
            &["serve", "--credentials-dir", "nowhere"],
            2,
            "the folder of credentials nowhere cannot be read",
            "a folder with a folder for each credential",
        ),
        (
            &["--output", "json", "token", "revoke", "ci"],
            2,
            "there is no token ci",
            "token list",
        ),
        (
            &["token", "create", "sec ret"],
            2,
            "name",
            "choose one such as",
        ),
    ] {
        let output = cli().run(args);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(exit), "{error}");
        assert!(error.contains(message) && error.contains(hint), "{error}");
        assert_no_secret(&output);
    }
}

/// For a sidecar that shares a folder with its platform and no network.
#[test]
fn it_listens_on_a_unix_socket() {
    let cli = cli();
    let path = cli.home().join("http.sock");
    let listen = format!("unix:{}", path.display());
    let mut command = cli.command(&["--emulator", "-q", "serve", "--listen", &listen]);
    let (_server, lines) = Server::start(&mut command, 2);
    assert_eq!(
        lines[0],
        format!("export STYTCH_HOST_SOCKET={}\n", path.display())
    );
    assert!(lines[1].starts_with("export STYTCH_HOST_TOKEN=sth_"));
    assert!(std::os::unix::net::UnixStream::connect(&path).is_ok());
}

/// Whenever the process ends, the file has the tokens before the change or those after it.
#[test]
fn killing_a_change_loses_no_token() {
    let cli = cli();
    let create = |name: &str| cli.command(&["token", "create", name]);
    let start = Instant::now();
    assert!(create("kept").output().unwrap().status.success());
    let whole = start.elapsed();
    let mut kept = vec!["kept".to_owned()];
    for turn in 0..24 {
        let name = format!("turn-{turn}");
        let mut child = create(&name).stdout(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(whole * turn / 24);
        child.kill().unwrap();
        let printed = child.wait_with_output().unwrap().stdout;
        let listed = json(&cli.run(&["token", "list", "--output", "json"]));
        let listed = listed.as_array().unwrap().iter();
        let listed: Vec<_> = listed
            .map(|token| token["name"].as_str().unwrap().to_owned())
            .collect();
        for name in &kept {
            assert!(listed.contains(name), "{name} is lost: {listed:?}");
        }
        // A token that was printed is stored.
        assert!(printed.is_empty() || listed.contains(&name), "{listed:?}");
        kept = listed;
    }
}
