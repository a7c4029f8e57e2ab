//! Prints failures: one line, a blank line and a hint; or JSON for programs. The class of
//! a failure determines the exit code.

mod advice;
mod shorten;

pub(crate) use shorten::shorten;

use crate::access::Source;
use crate::args::{Args, Command, Global, Output};
use crate::error::{Incomplete, LISTEN_HINT, Suggestion, Unfinished, Unwritten, Usage};
use crate::render::{escape, visible};
use crate::streams;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::io::{self, Write};
use std::process::ExitCode;
use stytch_credentials::{private_file, redact};
use stytch_host::search::SearchError;
use stytch_host::text::with_sources;
use stytch_host::{Error, ErrorKind, ErrorReport};

/// How failures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Text,
    /// The first line of the text.
    Line,
    Json,
}

impl Style {
    /// JSON where the caller asked for JSON, or can only be a program.
    pub(crate) fn of(args: &Args) -> Self {
        match args.command {
            Command::Invoke(_) if args.global.output.is_none() => Self::Json,
            _ => Self::of_output(&args.global),
        }
    }

    /// JSON where data is asked for in JSON.
    pub(crate) fn of_output(global: &Global) -> Self {
        match global.output {
            Some(Output::Json | Output::Jsonl) => Self::Json,
            Some(Output::Table | Output::Csv) | None if global.quiet => Self::Line,
            Some(Output::Table | Output::Csv) | None => Self::Text,
        }
    }
}

/// Prints clap's error, or the help or version that was requested.
pub(crate) fn print_usage(error: &clap::Error) -> ExitCode {
    let exit_code = u8::try_from(error.exit_code()).unwrap_or(1);
    // The arguments could not be parsed, so only the flags themselves are looked for.
    let given = |flags: &[&str]| {
        let mut args = std::env::args_os().skip(1);
        args.any(|arg| arg.to_str().is_some_and(|arg| flags.contains(&arg)))
    };
    let style = if given(&["json", "jsonl", "--output=json", "--output=jsonl"]) {
        Style::Json
    } else if given(&["-q", "--quiet"]) {
        Style::Line
    } else {
        Style::Text
    };
    if !error.use_stderr() {
        return match print_asked(error) {
            Ok(()) => ExitCode::from(exit_code),
            Err(error) => end(&error.into(), style),
        };
    }
    let text = shorten(&error.to_string()).into_owned();
    // clap repeats arguments verbatim.
    let steers = std::env::args_os().any(|arg| {
        let arg = arg.to_string_lossy();
        visible(&arg) != arg || shorten(&arg) != arg
    });
    let shown = redact(&text);
    let shown = visible(&shown);
    if style == Style::Text && (steers || shown != text) {
        let _ = write!(io::stderr(), "{shown}");
        return ExitCode::from(exit_code);
    }
    if style == Style::Text {
        // There is nowhere to report that standard error is closed.
        let _ = error.print();
        return ExitCode::from(exit_code);
    }
    let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let usage = Usage::new(message).hint(rest.trim());
    Failure::of(&usage.into()).print(style)
}

/// Prints the help or the version, which are output like any other.
fn print_asked(error: &clap::Error) -> io::Result<()> {
    streams::check_output()?;
    let printed = error.print().and_then(|()| io::stdout().flush());
    printed.map_err(|error| streams::unwritten(&error))
}

/// Ends the program after an error; silently if the reader of the output closed the pipe.
pub(crate) fn end(error: &anyhow::Error, style: Style) -> ExitCode {
    match Unwritten::of(error) {
        Some(unwritten) if unwritten.is_broken_pipe() => ExitCode::SUCCESS,
        _ => Failure::of(error).print(style),
    }
}

/// The class of a failure: of a call, or one that only a command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Call(ErrorKind),
    /// The output could not be written.
    OutputFailed,
    /// A search ended without every user, and all were asked for.
    Incomplete,
}

impl Class {
    const fn code(self) -> &'static str {
        match self {
            Self::Call(kind) => kind.code(),
            Self::OutputFailed => "output_failed",
            Self::Incomplete => "incomplete",
        }
    }

    const fn exit_code(self) -> u8 {
        match self {
            Self::Call(kind) => match kind {
                ErrorKind::InvalidInput | ErrorKind::Misconfigured => 2,
                ErrorKind::Unreachable => 3,
                ErrorKind::Unauthorized | ErrorKind::Rejected => 4,
                ErrorKind::Unavailable | ErrorKind::MalformedResponse => 5,
                ErrorKind::NotFound => 6,
                ErrorKind::RateLimited => 7,
                // `PluginFailed`, and kinds that a newer library may have.
                _ => 1,
            },
            Self::OutputFailed => 1,
            Self::Incomplete => 8,
        }
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A failure, ready to be printed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    #[serde(rename = "code")]
    class: Class,
    message: String,
    #[serde(flatten)]
    report: ErrorReport,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if let Some(call) = error.downcast_ref::<Error>() {
            let mut failure = Self::of_call(call, error.downcast_ref());
            if let Some(unfinished) = error.downcast_ref::<Unfinished>() {
                failure.hint = Some(unfinished.to_string());
            } else if let Some(Suggestion(text)) = error.downcast_ref() {
                failure.hint = Some(text.clone());
            }
            return failure;
        }
        let invalid_input = Class::Call(ErrorKind::InvalidInput);
        let plugin_failed = Class::Call(ErrorKind::PluginFailed);
        let (class, message, hint) = if let Some(usage) = error.downcast_ref::<Usage>() {
            (invalid_input, format!("{error:#}"), usage.hint.clone())
        } else if let Some(error) = error.downcast_ref::<stytch_credentials::Error>() {
            (invalid_input, error.to_string(), error.hint())
        } else if let Some(error) = error.downcast_ref::<private_file::Error>() {
            (invalid_input, error.to_string(), error.hint())
        } else if let Some(search) = error.downcast_ref::<SearchError>() {
            let class = match search {
                SearchError::Circle { .. } => Class::Call(ErrorKind::MalformedResponse),
                _ => plugin_failed,
            };
            let unfinished = error.downcast_ref::<Unfinished>();
            (
                class,
                with_sources(search),
                unfinished.map(Unfinished::to_string),
            )
        } else if let Some(unwritten) = Unwritten::of(error) {
            let hint = unwritten.hint.map(str::to_owned);
            (Class::OutputFailed, format!("{error:#}"), hint)
        } else if let Some(incomplete) = error.downcast_ref::<Incomplete>() {
            (
                Class::Incomplete,
                format!("{error:#}"),
                Some(incomplete.hint()),
            )
        } else {
            let hint = match error.downcast_ref() {
                Some(stytch_emulator::Error::Listen { .. }) => Some(LISTEN_HINT.to_owned()),
                _ => None,
            };
            (plugin_failed, format!("{error:#}"), hint)
        };
        Self {
            class,
            message,
            report: ErrorReport::default(),
            hint,
        }
    }

    /// Adds the ID of the user that it is about, if there are several.
    pub(crate) fn about(mut self, user_id: &str) -> Self {
        self.message = format!("{user_id}: {}", self.message);
        self
    }

    fn of_call(error: &Error, source: Option<&Source>) -> Self {
        Self {
            class: Class::Call(error.kind()),
            message: with_sources(error),
            report: error.report(),
            hint: advice::hint(error, source),
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn exit_code(&self) -> u8 {
        self.class.exit_code()
    }

    /// Prints it to standard error, and returns the exit code.
    pub(crate) fn print(mut self, style: Style) -> ExitCode {
        self.clean();
        // There is nowhere to report that standard error is closed.
        let _ = match style {
            Style::Json => self.print_json(),
            Style::Text => self.print_text(),
            Style::Line => self.print_line(&mut io::stderr().lock()),
        };
        ExitCode::from(self.exit_code())
    }

    /// Redacts secrets, and makes control characters visible.
    fn clean(&mut self) {
        self.message = visible(&shorten(&redact(&self.message))).into_owned();
        let texts = [
            &mut self.report.error_type,
            &mut self.report.request_id,
            &mut self.report.error_url,
            &mut self.hint,
        ];
        for text in texts.into_iter().flatten() {
            *text = redact(text).into_owned();
        }
    }

    fn print_json(&self) -> io::Result<()> {
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: &'a Failure,
        }
        let mut stderr = io::stderr().lock();
        serde_json::to_writer(&mut stderr, &Envelope { error: self })?;
        writeln!(stderr)
    }

    fn print_line(&self, stderr: &mut impl Write) -> io::Result<()> {
        writeln!(stderr, "error: {}", escape(&self.message))
    }

    fn print_text(&self) -> io::Result<()> {
        let mut stderr = io::stderr().lock();
        self.print_line(&mut stderr)?;
        let details = self.report.error_details.as_deref().map(RawValue::get);
        for (name, value) in [
            ("error_type", self.report.error_type.as_deref()),
            ("request_id", self.report.request_id.as_deref()),
            ("error_url", self.report.error_url.as_deref()),
            ("error_details", details),
        ] {
            if let Some(value) = value {
                writeln!(stderr, "  {name}: {}", escape(value))?;
            }
        }
        if let Some(hint) = &self.hint {
            writeln!(stderr, "\nhint: {hint}")?;
        }
        Ok(())
    }
}
