//! Values that begin with a hyphen, as a cursor or an ID may.
//!
//! An option takes the next word as its value, whatever it begins with, unless that
//! is a flag of the same command: then the value was forgotten. With a `=` between
//! them, everything is a value.

use super::Args;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, Error, FromArgMatches};
use std::any::TypeId;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Reads the arguments of this process.
pub(crate) fn parse() -> Result<Args, Error> {
    parse_words(&env::args_os().collect::<Vec<_>>())
}

fn parse_words(words: &[OsString]) -> Result<Args, Error> {
    let mut command = with_hyphens(Args::command());
    // Gives commands the global flags.
    command.build();
    let forwarded = forward(&command, words);
    let words = forwarded.as_deref().unwrap_or(words);
    check(&command, words.get(1..).unwrap_or_default())?;
    let matches = command
        .try_get_matches_from_mut(words)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidUtf8 => {
                not_text(&command, words.get(1..).unwrap_or_default()).unwrap_or(error)
            }
            _ => error,
        })?;
    Args::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The command whose arguments are those of another program.
const WORKER: &str = "worker";

/// Moves all flags behind `worker --`, since that program reads them itself; returns
/// nothing if this is another command.
fn forward(command: &Command, words: &[OsString]) -> Option<Vec<OsString>> {
    let (program, words) = words.split_first()?;
    let mut position = 0;
    while words.get(position)? != WORKER {
        let word = words.get(position)?;
        if word == "--" || !word.as_encoded_bytes().starts_with(b"-") {
            return None;
        }
        position += if option(command, word).is_some() {
            2
        } else {
            1
        };
    }
    let (flags, rest) = words.split_at_checked(position)?;
    let mut forwarded = vec![program.clone(), WORKER.into(), "--".into()];
    forwarded.extend_from_slice(flags);
    forwarded.extend_from_slice(rest.get(1..)?);
    Some(forwarded)
}

/// Lets options have any text, not only such as looks like no flag: what an option
/// cannot use is refused with its name.
fn with_hyphens(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let takes_value = takes_value(&arg);
            arg.allow_hyphen_values(takes_value)
        })
        .mut_subcommands(with_hyphens)
}

/// Positional arguments would take flags for their values, too; for them there is `--`.
fn takes_value(arg: &Arg) -> bool {
    !arg.is_positional() && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// Refuses a flag in the place of a value that was forgotten.
fn check(mut command: &Command, words: &[OsString]) -> Result<(), Error> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            return Ok(());
        }
        if let Some(option) = option(command, word) {
            let Some(value) = words.next() else {
                return Ok(());
            };
            if is_flag(command, value) {
                return Err(forgotten(command, option, value));
            }
        } else if let Some(name) = word.to_str()
            && let Some(inner) = command.find_subcommand(name)
        {
            command = inner;
        }
    }
    Ok(())
}

/// Names the option whose value is not text, which clap does not.
fn not_text(mut command: &Command, words: &[OsString]) -> Option<Error> {
    let mut before = None;
    for word in words.iter().take_while(|word| *word != "--") {
        let shown = word.to_string_lossy();
        if word.to_str().is_none() {
            let joined = || option(command, OsStr::new(shown.split_once('=')?.0));
            let of_path = TypeId::of::<PathBuf>();
            match before.or_else(joined) {
                Some(option) if option.get_value_parser().type_id() != of_path => {
                    let message = format!("the value of '{option}' is not UTF-8 text");
                    return Some(command.clone().error(ErrorKind::InvalidUtf8, message));
                }
                _ => {}
            }
        }
        before = match before {
            // This word was its value.
            Some(_) => None,
            None => option(command, word),
        };
        if before.is_none()
            && let Some(inner) = command.find_subcommand(&*shown)
        {
            command = inner;
        }
    }
    None
}

/// The option that this word is, if the next one is its value.
fn option<'a>(command: &'a Command, word: &OsStr) -> Option<&'a Arg> {
    let name = word.to_str()?.strip_prefix("--")?;
    let mut args = command.get_arguments();
    args.find(|arg| arg.get_long() == Some(name) && takes_value(arg))
}

/// Whether a word is one flag of the command, or several short ones.
fn is_flag(command: &Command, word: &OsStr) -> bool {
    let Some(word) = word.to_str() else {
        return false;
    };
    let mut args = command.get_arguments();
    if let Some(name) = word.strip_prefix("--") {
        let name = name.split_once('=').map_or(name, |(name, _)| name);
        return name.is_empty() || args.any(|arg| arg.get_long() == Some(name));
    }
    let is_short = |letter| {
        let mut args = command.get_arguments();
        args.any(|arg| arg.get_short() == Some(letter))
    };
    match word.strip_prefix('-') {
        None | Some("") => false,
        Some(letters) => letters.chars().all(is_short),
    }
}

fn forgotten(command: &Command, option: &Arg, flag: &OsStr) -> Error {
    let flag = flag.to_string_lossy();
    // What is behind it may be personal.
    let flag = flag.split_once('=').map_or(&*flag, |(name, _)| name);
    let name = option.get_long().unwrap_or_default();
    command.clone().error(
        ErrorKind::ValueValidation,
        format!(
            "a value is required for '{option}', and '{flag}' behind it is a flag\n\n  tip: where it is the value, write '--{name}={flag}'"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Command as Parsed;

    fn parsed(words: &[&str]) -> Result<Args, Error> {
        let words = ["stytch-host"].iter().chain(words).map(OsString::from);
        parse_words(&words.collect::<Vec<_>>())
    }

    fn cursor(words: &[&str]) -> Option<String> {
        match parsed(words).unwrap().command {
            Parsed::SearchUsers(search) => search.cursor,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_may_begin_with_a_hyphen() {
        for value in ["-abc", "--abc", "-1", "-", "-vx"] {
            let separate = cursor(&["search-users", "--cursor", value, "--limit", "3"]);
            assert_eq!(separate.as_deref(), Some(value));
        }
        for value in ["--limit", "--", "-v", "--all=x"] {
            let joined = cursor(&["search-users", &format!("--cursor={value}"), "--all"]);
            assert_eq!(joined.as_deref(), Some(value));
        }
    }

    /// Each option of each command takes such a text, or says no with its own name.
    #[test]
    fn every_option_takes_it_or_is_named() {
        fn options(command: &Command, path: &[String]) -> Vec<(Vec<String>, String)> {
            let values = command.get_arguments().filter(|arg| takes_value(arg));
            let own = values.filter_map(Arg::get_long);
            let own = own.map(|name| (path.to_vec(), format!("--{name}")));
            let inner = command
                .get_subcommands()
                .flat_map(|inner| options(inner, &[path, &[inner.get_name().to_owned()]].concat()));
            own.chain(inner).collect()
        }
        let mut command = Args::command();
        command.build();
        let found = options(&command, &[]);
        assert!(found.len() > 40, "{found:?}");
        for (path, name) in found {
            let words = [path, vec![name.clone(), "-x".to_owned()]].concat();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            if let Err(error) = parsed(&words)
                && error.kind() == ErrorKind::UnknownArgument
            {
                panic!("{words:?}: {error}");
            }
        }
        let error = parsed(&["search-users", "--created-between", "-1,2"]).unwrap_err();
        assert!(
            error.to_string().contains("'--created-between <"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_option_is_named_whose_value_is_not_utf_8() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = |before: &str| OsString::from_vec([before.as_bytes(), b"\xff"].concat());
        for (words, expected) in [
            (
                vec!["search-users".into(), "--cursor".into(), odd("")],
                Some("'--cursor <CURSOR>'"),
            ),
            (
                vec!["search-users".into(), odd("--limit=")],
                Some("'--limit <N>'"),
            ),
            (
                // A path may be so.
                vec![
                    "--component".into(),
                    odd(""),
                    "check".into(),
                    odd("--timeout="),
                ],
                Some("'--timeout <SECS>'"),
            ),
            (vec!["--component".into(), odd(""), "check".into()], None),
        ] {
            let words = [vec![OsString::from("stytch-host")], words].concat();
            let said = parse_words(&words).err().map(|error| error.to_string());
            match expected {
                Some(name) => assert!(said.as_ref().unwrap().contains(name), "{said:?}"),
                None => assert_eq!(said, None),
            }
        }
    }

    #[test]
    fn a_flag_is_not_taken_for_a_value() {
        for words in [
            &["search-users", "--cursor", "--limit", "3"][..],
            &["search-users", "--cursor", "--limit=3"],
            &["search-users", "--email", "-q"],
            &["search-users", "--email", "-vv"],
            &["search-users", "--user-id", "--", "x"],
            &["--jq", "--emulator", "check"],
            &[
                "--credential",
                "check",
                "search-users",
                "--name-fuzzy",
                "--help",
            ],
        ] {
            let error = parsed(words).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{words:?}");
            let said = error.to_string();
            assert!(said.contains("a value is required for '--"), "{said}");
        }
        // It is one of another command, or behind the end of options.
        let free = parsed(&["search-users", "--cursor", "--concurrency"]);
        assert!(free.is_ok());
        assert!(parsed(&["retrieve-user", "--", "--jq", "--emulator"]).is_ok());
    }

    #[test]
    fn what_is_behind_a_flag_is_not_repeated() {
        let error = parsed(&["search-users", "--cursor", "--email=jane@example.com"]);
        assert!(!error.unwrap_err().to_string().contains("jane"));
    }

    #[test]
    fn forwards_what_is_before_and_behind_the_command() {
        let mut command = Args::command();
        command.build();
        for (line, expected) in [
            ("worker", Some("worker --")),
            ("worker --help", Some("worker -- --help")),
            ("--emulator worker -v", Some("worker -- --emulator -v")),
            (
                "--credential worker worker --drain 1",
                Some("worker -- --credential worker --drain 1"),
            ),
            ("--credential=a worker", Some("worker -- --credential=a")),
            ("help worker", None),
            ("retrieve-user worker", None),
            ("-- worker", None),
            ("--credential worker", None),
            ("", None),
        ] {
            let words = |line: &str| {
                let words = ["stytch-host"].into_iter().chain(line.split_whitespace());
                words.map(OsString::from).collect::<Vec<_>>()
            };
            let forwarded = forward(&command, &words(line));
            assert_eq!(forwarded, expected.map(words), "{line}");
        }
    }
}
