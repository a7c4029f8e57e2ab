//! A base URL, and where it was given: an error in it names the place.

use crate::error::Error;
use crate::redact::has_secret;
use crate::stored::StoredCredential;
use crate::variable::variable;
use std::ffi::OsString;
use stytch_host::{Credential, Origin, OriginError};

const FLAG: &str = "--base-url";
const VARIABLE: &str = "STYTCH_BASE_URL";

/// A base URL other than Stytch's own.
#[derive(Debug, Clone)]
pub struct BaseUrl {
    url: String,
    from: String,
}

impl BaseUrl {
    /// Reads the flag, else the variable. White space around either, such as a line
    /// break at the end of a file, is removed.
    pub(crate) fn requested(
        flag: Option<&str>,
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, Error> {
        let requested = match flag {
            Some(url) => Some(Self::new(url, FLAG)),
            None => variable(&get, VARIABLE)?
                .map(|url| Self::new(&url, VARIABLE))
                .filter(|base_url| !base_url.url.is_empty()),
        };
        match requested {
            // It would be resolved as a host name, and printed in many places.
            Some(Self { url, from }) if has_secret(&url) => Err(Error::SecretInBaseUrl { from }),
            requested => Ok(requested),
        }
    }

    fn new(url: &str, from: &str) -> Self {
        Self {
            url: url.trim_ascii().to_owned(),
            from: from.to_owned(),
        }
    }

    /// Returns the base URL that is stored with a credential.
    pub fn of_stored(stored: &StoredCredential) -> Option<Self> {
        let url = stored.base_url.as_deref()?;
        Some(Self::new(url, &format!("the credential {stored}")))
    }

    /// The text of the URL.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Parses its origin.
    ///
    /// # Errors
    ///
    /// It is not an origin.
    pub fn origin(&self) -> Result<Origin, Error> {
        self.url.parse().map_err(|error| self.invalid(error))
    }

    /// Returns the credential with this base URL.
    ///
    /// # Errors
    ///
    /// It is not an origin.
    pub fn apply(&self, credential: Credential) -> Result<Credential, Error> {
        credential
            .with_base_url(&self.url)
            .map_err(|error| self.invalid(error))
    }

    fn invalid(&self, error: OriginError) -> Error {
        Error::InvalidBaseUrl {
            from: self.from.clone(),
            error,
        }
    }
}

/// The credential with a base URL, if there is one.
///
/// # Errors
///
/// It is not a base URL.
pub fn with_base_url(
    credential: Credential,
    base_url: Option<BaseUrl>,
) -> Result<Credential, Error> {
    match base_url {
        Some(base_url) => base_url.apply(credential),
        None => Ok(credential),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stytch_host::Secret;

    fn used(flag: Option<&str>, variable: Option<&str>) -> Result<Option<String>, String> {
        let credential = Credential::new("project-test-1", Secret::new("hush".to_owned()));
        let requested = BaseUrl::requested(flag, |name| {
            variable.filter(|_| name == VARIABLE).map(OsString::from)
        });
        let Some(requested) = requested.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        match requested.apply(credential) {
            Ok(credential) => Ok(Some(credential.origin().to_string())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn removes_white_space_around_a_base_url() {
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
    fn an_error_names_the_place_and_shows_invisible_characters() {
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
