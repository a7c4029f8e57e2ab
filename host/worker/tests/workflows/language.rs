//! The workflows of `examples/`, which are the same in each language.

use crate::processes::{Process, Temporal, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    TypeScript,
    Rust,
}

/// What its programs are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Worker,
    Start,
}

/// The workflows of a language, ready to run.
pub struct Workflows {
    pub language: Language,
    /// Where its packages are installed.
    folder: PathBuf,
    /// The end of the next worker's log.
    workers: AtomicU32,
}

impl Workflows {
    /// Installs what is locked, and builds.
    pub fn install(language: Language) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{language:?}"));
        fs::create_dir_all(&folder).unwrap();
        let sources = sources(language);
        match language {
            Language::Python => {
                run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
                run(Command::new(folder.join("bin/pip"))
                    .args(["install", "--quiet", "--require-hashes", "-r"])
                    .arg(sources.join("requirements.txt")));
            }
            Language::TypeScript => {
                let files = ["package.json", "package-lock.json", "tsconfig.json", "src"];
                let _ = fs::remove_dir_all(folder.join("lib"));
                copy(&sources, &folder, &files);
                for arguments in [&["ci", "--no-audit", "--no-fund"][..], &["run", "build"]] {
                    run(Command::new("npm").args(arguments).current_dir(&folder));
                }
            }
            Language::Rust => assert_is_built(),
        }
        Self {
            language,
            folder,
            workers: AtomicU32::new(0),
        }
    }

    /// Starts a worker.
    pub fn worker(&self, server: &Temporal, task_queue: &str) -> Process {
        let number = self.workers.fetch_add(1, Ordering::Relaxed);
        let log = format!("workflows-{:?}-{number}.log", self.language);
        let mut command = self.program(Program::Worker, server);
        command.env("TASK_QUEUE", task_queue);
        Process::start(&mut command, server.folder.path().join(log))
    }

    /// Starts workflows, and waits for them.
    pub fn start(&self, server: &Temporal, arguments: &[&str]) -> Output {
        let mut command = self.starter(server);
        command.args(arguments).output().unwrap()
    }

    /// The command that starts workflows, and waits for them.
    pub fn starter(&self, server: &Temporal) -> Command {
        self.program(Program::Start, server)
    }

    fn program(&self, program: Program, server: &Temporal) -> Command {
        let sources = sources(self.language);
        let mut command = match (self.language, program) {
            (Language::Python, _) => Command::new(self.folder.join("bin/python")),
            (Language::TypeScript, _) => Command::new("node"),
            (Language::Rust, _) => Command::new(example()),
        };
        match (self.language, program) {
            (Language::Python, Program::Worker) => command.arg(sources.join("worker.py")),
            (Language::Python, Program::Start) => command.arg(sources.join("start.py")),
            (Language::TypeScript, Program::Worker) => {
                command.arg(self.folder.join("lib/worker.js"))
            }
            (Language::TypeScript, Program::Start) => command.arg(self.folder.join("lib/start.js")),
            (Language::Rust, Program::Worker) => command.arg("worker"),
            (Language::Rust, Program::Start) => &mut command,
        };
        command
            .env("TEMPORAL_ADDRESS", &server.address)
            .env("CASES", cases(server))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("TASK_QUEUE");
        command
    }

    /// Runs the tests of the language itself: replays, and decisions. Cargo runs those in Rust.
    pub fn test(&self) {
        match self.language {
            Language::Python => run(Command::new(self.folder.join("bin/python"))
                .args(["-B", "-m", "unittest"])
                .current_dir(sources(self.language))),
            Language::TypeScript => {
                copy(&sources(self.language), &self.folder, &["histories"]);
                run(Command::new("npm").arg("test").current_dir(&self.folder))
            }
            Language::Rust => return,
        };
    }
}

/// Copies files and folders, instead of those that are there.
fn copy(from: &Path, to: &Path, names: &[&str]) {
    for name in names {
        let _ = fs::remove_dir_all(to.join(name));
        run(Command::new("cp").arg("-r").arg(from.join(name)).arg(to));
    }
}

/// The folder of cases and reports.
pub fn cases(server: &Temporal) -> PathBuf {
    server.folder.path().join("cases")
}

pub fn sources(language: Language) -> PathBuf {
    let folder = match language {
        Language::Python => "python",
        Language::TypeScript => "typescript",
        Language::Rust => "rust",
    };
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(folder)
}

/// The example in Rust, beside the folder of this test's program.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    target.join("examples/workflows")
}

/// `cargo test` builds the example; `cargo test --test workflows` does not.
fn assert_is_built() {
    let is_built = example().exists();
    assert!(is_built, "build it first: cargo build --example workflows");
}
