//! The results of the checks, with advice.

use crate::args::Output;
use crate::failure::{Failure, shorten};
use crate::render::{Settings, escape};
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;
use stytch_credentials::redact;

#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    found: Option<String>,
    advice: Option<String>,
    #[serde(skip)]
    exit_code: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warning,
    Failure,
    /// Depends on a check that failed.
    Skipped,
}

impl Report {
    pub(super) fn ok(&mut self, name: &'static str, found: impl Into<String>) {
        self.add(name, Status::Ok, Some(found.into()), None, 0);
    }

    pub(super) fn warning(&mut self, name: &'static str, found: impl Into<String>, advice: &str) {
        let advice = Some(advice.to_owned());
        self.add(name, Status::Warning, Some(found.into()), advice, 0);
    }

    pub(super) fn failure(
        &mut self,
        name: &'static str,
        found: impl Into<String>,
        advice: &str,
        exit_code: u8,
    ) {
        let advice = Some(advice.to_owned());
        self.add(name, Status::Failure, Some(found.into()), advice, exit_code);
    }

    /// Adds a failure with the message and exit code that a command would fail with.
    pub(super) fn failed(&mut self, name: &'static str, failure: &Failure) {
        let (found, advice) = (failure.message(), failure.hint());
        self.add(
            name,
            Status::Failure,
            Some(found.to_owned()),
            advice.map(str::to_owned),
            failure.exit_code(),
        );
    }

    pub(super) fn skipped(&mut self, name: &'static str) {
        self.add(name, Status::Skipped, None, None, 0);
    }

    fn add(
        &mut self,
        name: &'static str,
        status: Status,
        found: Option<String>,
        advice: Option<String>,
        exit_code: u8,
    ) {
        let redacted = |text: String| shorten(&redact(&text)).into_owned();
        self.checks.push(Check {
            name,
            status,
            found: found.map(redacted),
            advice: advice.map(redacted),
            exit_code,
        });
    }

    /// The exit code of the first failure.
    pub(super) fn exit_code(&self) -> ExitCode {
        let mut failures = self
            .checks
            .iter()
            .filter(|check| check.status == Status::Failure);
        failures
            .next()
            .map_or(ExitCode::SUCCESS, |check| ExitCode::from(check.exit_code))
    }

    pub(super) fn print(&self, settings: &Settings) -> anyhow::Result<()> {
        if settings.format() == Output::Jsonl {
            return settings.print_list(&self.checks, |_| Ok(()));
        }
        settings.print(self, |out| {
            let mut checks = self.checks.iter();
            checks.try_for_each(|check| check.print(out))
        })
    }
}

impl Check {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failure => "failure",
            Status::Skipped => "skipped",
        };
        let found = match (&self.found, self.status) {
            (Some(found), _) => found,
            (None, _) => "it depends on a check that failed",
        };
        writeln!(out, "{status:<8} {:<14} {}", self.name, escape(found))?;
        let advice = self.advice.iter().flat_map(|advice| advice.lines());
        for line in advice.filter(|line| !line.is_empty()) {
            writeln!(out, "{:24}{line}", "")?;
        }
        Ok(())
    }
}
