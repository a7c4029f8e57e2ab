//! `PostgreSQL` in a folder of its own, reached by a socket in it: so it needs no port, and
//! is in nobody's way.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use stytch_testkit::run;
use tempfile::TempDir;

/// Its only user, without a password: nobody else reaches the socket.
pub(crate) const USER: &str = "obelisk";

/// A server that stops with this.
pub(crate) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    /// The user that it runs as, if not as that of the test.
    user: Option<(u32, u32)>,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
        let postgres = Self {
            programs: programs(),
            user: is_root.then(unprivileged),
            folder,
        };
        if let Some((user, group)) = postgres.user {
            chown(postgres.folder.path(), Some(user), Some(group)).unwrap();
        }
        run(postgres
            .command("initdb")
            .args(["--auth=trust", "--encoding=UTF8", "--no-sync"])
            .args(["--username", USER]));
        let socket = postgres.host().display().to_string();
        run(postgres
            .command("pg_ctl")
            .args(["start", "--wait", "--timeout", "120", "--log"])
            .arg(postgres.host().join("log"))
            .arg("--options")
            .arg(format!(
                "-c listen_addresses= -c unix_socket_directories={socket} -c port=5432"
            )));
        postgres
    }

    /// What a client takes for a host: the folder of the socket.
    pub(crate) fn host(&self) -> &Path {
        self.folder.path()
    }

    /// One of `PostgreSQL`'s programs, for the database of this server.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .arg("--pgdata")
            .arg(self.host().join("data"))
            .current_dir(self.host());
        // PostgreSQL refuses to run as root.
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        let _ = stop.args(["stop", "--mode", "immediate"]).output();
    }
}

/// The folder with `PostgreSQL`'s programs: on the path, or the newest where Debian has them.
fn programs() -> PathBuf {
    let paths = env::var_os("PATH").unwrap_or_default();
    let mut installed: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    installed.sort();
    installed.reverse();
    env::split_paths(&paths)
        .chain(installed)
        .find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .expect("PostgreSQL's initdb and pg_ctl, on the path or in /usr/lib/postgresql")
}

/// The user and group of a user that root can run `PostgreSQL` as.
fn unprivileged() -> (u32, u32) {
    let id = |option, user| {
        let output = Command::new("id").args([option, user]).output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .ok()
    };
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|user| Some((id("-u", user)?, id("-g", user)?)))
        .expect("a user `postgres` or `nobody`, since PostgreSQL does not run as root")
}
