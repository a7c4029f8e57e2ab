//! The real binary, with nothing of the developer's own surroundings.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs the binary with an empty environment and a home of its own. Compiled
/// components are kept for the life of this value.
pub struct Cli {
    binary: String,
    home: TempDir,
    cache: Option<String>,
}

impl Cli {
    /// `binary` is cargo's `CARGO_BIN_EXE_stytch-host`.
    pub fn new(binary: &str) -> Self {
        Self {
            binary: binary.to_owned(),
            home: tempfile::tempdir().expect("a temporary folder"),
            cache: None,
        }
    }

    /// Keeps compiled components in this folder instead, for others to use.
    #[must_use]
    pub fn with_cache(self, folder: &str) -> Self {
        Self {
            cache: Some(folder.to_owned()),
            ..self
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .envs(self.cache.iter().map(|folder| ("XDG_CACHE_HOME", folder)))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a line of the shell in which the binary is on the path.
    pub fn shell(&self, line: &str) -> Output {
        let folder = Path::new(&self.binary)
            .parent()
            .expect("the binary is in a folder");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", line])
            .env_clear()
            .envs(
                self.command(&[])
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        shell.output().expect("a shell")
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, &[], "")
    }

    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)], stdin: &str) -> Output {
        let mut child = self
            .command(args)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        if let Some(mut pipe) = child.stdin.take() {
            // It may end without reading.
            let _ = pipe.write_all(stdin.as_bytes());
        }
        child.wait_with_output().expect("the binary ends")
    }
}
