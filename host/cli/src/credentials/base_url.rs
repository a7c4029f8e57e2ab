//! Where requests were asked to go, and what asked for it: of a mistake in it a user
//! has to know where it stands.

use super::{Named, redact, variable};
use crate::args::Global;
use crate::failure::Usage;
use std::env;
use std::ffi::OsString;
use stytch_host::Credential;

const FLAG: &str = "--base-url";
const VARIABLE: &str = "STYTCH_BASE_URL";

/// A base URL instead of Stytch's own.
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl {
    pub(crate) url: String,
    source: String,
}

impl BaseUrl {
    /// The one that was asked for with this very command.
    pub(crate) fn asked(global: &Global) -> Result<Option<Self>, Usage> {
        Self::of(global.base_url.as_deref(), |name| env::var_os(name))
    }

    /// White space at the ends, such as a line break that a file ended with, is left
    /// out: nobody means it.
    fn of(
        flag: Option<&str>,
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, Usage> {
        let set = match flag {
            Some(url) => Some(Self::new(url, FLAG)),
            None => variable(&get, VARIABLE)?
                .map(|url| Self::new(&url, VARIABLE))
                .filter(|set| !set.url.is_empty()),
        };
        match set {
            // It would be resolved as a name, and shown in many places.
            Some(Self { url, source }) if redact::has_secret(&url) => Err(Usage::new(format!(
                "{source} holds what looks like a secret"
            ))
            .hint("set it to a URL such as https://login.example.com, or leave it out")),
            set => Ok(set),
        }
    }

    fn new(url: &str, source: &str) -> Self {
        Self {
            url: url.trim_ascii().to_owned(),
            source: source.to_owned(),
        }
    }

    /// That of a stored credential, where it has one.
    pub(crate) fn stored(named: &Named) -> Option<Self> {
        let url = named.base_url.as_deref()?;
        Some(Self::new(url, &format!("the credential {named}")))
    }

    /// The credential at this base URL.
    pub(crate) fn of_credential(&self, credential: Credential) -> Result<Credential, Usage> {
        credential
            .with_base_url(&self.url)
            .map_err(|error| Usage::new(format!("{}: {error}", self.source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stytch_host::Secret;

    fn used(flag: Option<&str>, variable: Option<&str>) -> Result<Option<String>, String> {
        let credential = Credential::new("project-test-1", Secret::new("hush".to_owned()));
        let asked = BaseUrl::of(flag, |name| {
            variable.filter(|_| name == VARIABLE).map(OsString::from)
        });
        let Some(asked) = asked.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        match asked.of_credential(credential) {
            Ok(credential) => Ok(Some(credential.origin().to_string())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn white_space_at_the_ends_is_left_out() {
        let expected = Some("https://login.example.com".to_owned());
        for url in [
            "https://login.example.com",
            "https://login.example.com\n",
            "https://login.example.com\r\n",
            " \thttps://login.example.com/ ",
        ] {
            assert_eq!(used(Some(url), None), Ok(expected.clone()), "{url:?}");
            assert_eq!(used(None, Some(url)), Ok(expected.clone()), "{url:?}");
        }
        for url in ["", " ", "\n"] {
            assert_eq!(used(None, Some(url)), Ok(None), "{url:?}");
            assert!(used(Some(url), None).is_err(), "{url:?}");
        }
        let flag_first = used(Some("https://login.example.com"), Some("no URL"));
        assert_eq!(flag_first, Ok(expected));
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_what_cannot_be_seen_is_shown() {
        for (url, expected) in [
            ("https://login. example.com", "a space"),
            ("https://login.\nexample.com", "a line break"),
            ("https://login.\texample.com", "a tab"),
            ("\"https://login.example.com\"", "quotation marks"),
            ("'https://login.example.com'", "quotation marks"),
            ("https://login.example.com\"", "\""),
            ("https://login\u{200b}.example.com", "U+200B"),
            ("\u{feff}https://login.example.com", "U+FEFF"),
            ("https://login.example.com\u{a0}", "U+00A0"),
            ("https://login\u{7}.example.com", "U+0007"),
            ("https://münchen.example", "ü (U+00FC)"),
            ("https://login.example.com\\", "\\"),
        ] {
            for (flag, variable, source) in [(Some(url), None, FLAG), (None, Some(url), VARIABLE)] {
                let error = used(flag, variable).unwrap_err();
                assert!(
                    error.starts_with(&format!("{source}: the base URL ")),
                    "{url:?}: {error}"
                );
                assert!(error.contains(expected), "{url:?}: {error}");
                let hidden = |c: char| c.is_control() || (!c.is_ascii() && !c.is_alphanumeric());
                assert!(!error.contains(hidden), "{url:?}: {error:?}");
            }
        }
    }
}
