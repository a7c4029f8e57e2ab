//! The component's configuration: `wasi:config/store` → [`Config`]. The keys and
//! their meaning are documented in `wit/world.wit`.

use crate::bindings::exports::stytch::users::credential::Environment;
use crate::bindings::exports::stytch::users::types::{ConfigProblem, Error};
use crate::bindings::wasi::config::store;
mod base_url;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64, Encoding};

/// The authorities of Stytch's two APIs.
///
/// Source: <https://stytch.com/docs/workspace-management/api-keys>
const TEST_AUTHORITY: &str = "test.stytch.com";
const LIVE_AUTHORITY: &str = "api.stytch.com";

/// Everything that a request needs apart from its path and body. It contains the secret,
/// so it does not implement `Debug`.
pub(crate) struct Config {
    environment: Environment,
    /// Whether the scheme is `https` rather than `http`.
    pub(crate) tls: bool,
    /// Host and optional port of the base URL.
    pub(crate) authority: String,
    /// The value of the `Authorization` header; `None` if the host adds it.
    pub(crate) authorization: Option<String>,
}

impl Config {
    /// Reads the complete configuration with one host call.
    pub(crate) fn read() -> Result<Self, Error> {
        // The host's reason may quote the configuration, so it is not passed on.
        let entries = store::get_all().map_err(|_| {
            misconfigured(
                "wasi:config/store",
                "could not be read: the host reported an error",
            )
        })?;
        Self::from_entries(entries)
    }

    fn from_entries(entries: Vec<(String, String)>) -> Result<Self, Error> {
        let (mut project_id, mut secret, mut base_url, mut authorization) =
            (None, None, None, None);
        for (key, value) in entries {
            let slot = match key.as_str() {
                "project-id" => &mut project_id,
                "secret" => &mut secret,
                "base-url" => &mut base_url,
                "authorization" => &mut authorization,
                _ => continue,
            };
            *slot = Some(value).filter(|value| !value.is_empty());
        }

        let project_id = project_id.ok_or_else(|| misconfigured("project-id", "is missing"))?;
        check_credential_text("project-id", &project_id)?;
        if project_id.contains(':') {
            return Err(misconfigured(
                "project-id",
                "has a colon, which no project ID has",
            ));
        }
        let environment = if project_id.starts_with("project-live-") {
            Environment::Live
        } else {
            Environment::Test
        };

        let authorization = match authorization.as_deref() {
            None | Some("guest") => {
                let secret = secret.ok_or_else(|| misconfigured("secret", "is missing"))?;
                check_credential_text("secret", &secret)?;
                check_secret_environment(environment, &secret)?;
                // RFC 7617: the user is the project ID, the password the secret.
                let pair = project_id + ":" + &secret;
                Some("Basic ".to_owned() + &Base64::encode_string(pair.as_bytes()))
            }
            Some("host") => None,
            Some(_) => return Err(misconfigured("authorization", "is neither guest nor host")),
        };

        let (tls, authority) = match base_url {
            Some(url) => {
                base_url::parse(&url).map_err(|reason| misconfigured("base-url", reason))?
            }
            None => (true, default_authority(environment).to_owned()),
        };
        if authority == default_authority(opposite(environment)) {
            return Err(misconfigured(
                "base-url",
                match environment {
                    Environment::Live => {
                        "is Stytch's test API, but the project ID is a live one; leave base-url out or use https://api.stytch.com"
                    }
                    Environment::Test => {
                        "is Stytch's live API, but the project ID is not a live one; leave base-url out or use https://test.stytch.com"
                    }
                },
            ));
        }
        Ok(Self {
            environment,
            tls,
            authority,
            authorization,
        })
    }

    /// Returns the environment that the project ID belongs to.
    pub(crate) fn environment(&self) -> Environment {
        self.environment
    }

    /// Returns the origin that requests are sent to.
    pub(crate) fn base_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }
}

fn default_authority(environment: Environment) -> &'static str {
    match environment {
        Environment::Test => TEST_AUTHORITY,
        Environment::Live => LIVE_AUTHORITY,
    }
}

fn opposite(environment: Environment) -> Environment {
    match environment {
        Environment::Test => Environment::Live,
        Environment::Live => Environment::Test,
    }
}

/// Project IDs and secrets are visible ASCII; spaces and line breaks come from copying.
fn check_credential_text(key: &str, value: &str) -> Result<(), Error> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(misconfigured(
            key,
            "has a space, a line break or another invalid character; copy it again from the Stytch dashboard",
        ))
    }
}

fn check_secret_environment(environment: Environment, secret: &str) -> Result<(), Error> {
    match environment {
        Environment::Test if secret.starts_with("secret-live-") => Err(misconfigured(
            "secret",
            "is a live one, but the project ID is not; take both from the same environment",
        )),
        Environment::Live if secret.starts_with("secret-test-") => Err(misconfigured(
            "secret",
            "is a test one, but the project ID is a live one; take both from the same environment",
        )),
        Environment::Test | Environment::Live => Ok(()),
    }
}

fn misconfigured(key: &str, reason: &str) -> Error {
    Error::Misconfigured(ConfigProblem {
        key: key.to_owned(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Result<Config, Error> {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Config::from_entries(entries.iter().map(own).collect())
    }

    fn key_and_reason(entries: &[(&str, &str)]) -> (String, String) {
        match config(entries) {
            Err(Error::Misconfigured(problem)) => (problem.key, problem.reason),
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("accepted {entries:?}"),
        }
    }

    #[test]
    fn the_project_id_determines_the_environment() {
        for (project_id, environment, base_url) in [
            (
                "project-test-1",
                Environment::Test,
                "https://test.stytch.com",
            ),
            (
                "project-live-1",
                Environment::Live,
                "https://api.stytch.com",
            ),
            ("something", Environment::Test, "https://test.stytch.com"),
        ] {
            let config = config(&[
                ("project-id", project_id),
                ("secret", "s"),
                ("base-url", ""),
            ])
            .unwrap();
            assert_eq!(config.environment(), environment);
            assert_eq!(config.base_url(), base_url);
        }
    }

    #[test]
    fn adds_basic_authorization_unless_the_host_does() {
        let pair = [("project-id", "p"), ("secret", "s")];
        assert_eq!(
            config(&pair).unwrap().authorization.as_deref(),
            Some("Basic cDpz")
        );
        let host = [("project-id", "p"), ("authorization", "host")];
        assert_eq!(config(&host).unwrap().authorization, None);
    }

    #[test]
    fn errors_name_the_key_and_do_not_contain_the_value() {
        let base = |url| [("project-id", "p"), ("secret", "s"), ("base-url", url)];
        for (entries, key) in [
            (&[][..], "project-id"),
            (&[("project-id", ""), ("secret", "hush")], "project-id"),
            (&[("project-id", "hush"), ("secret", "")], "secret"),
            (&[("project-id", "hush")], "secret"),
            (&[("project-id", "hu:sh"), ("secret", "s")], "project-id"),
            (&[("project-id", "hush\n"), ("secret", "s")], "project-id"),
            (&[("project-id", "p"), ("secret", "hush ")], "secret"),
            (&[("project-id", "p"), ("secret", "höush")], "secret"),
            (
                &[("project-id", "p"), ("authorization", "hush")],
                "authorization",
            ),
            (
                &[
                    ("project-id", "project-test-1"),
                    ("secret", "secret-live-hush"),
                ],
                "secret",
            ),
            (
                &[
                    ("project-id", "project-live-1"),
                    ("secret", "secret-test-hush"),
                ],
                "secret",
            ),
            (
                &[
                    ("project-id", "project-live-1"),
                    ("secret", "s"),
                    ("base-url", "https://test.stytch.com"),
                ],
                "base-url",
            ),
            (
                &[
                    ("project-id", "project-test-1"),
                    ("secret", "s"),
                    ("base-url", "https://API.stytch.com:443/"),
                ],
                "base-url",
            ),
            (&base("hush"), "base-url"),
        ] {
            let (found, reason) = key_and_reason(entries);
            assert_eq!(found, key, "{entries:?}");
            assert!(!reason.contains("hush"), "{reason}");
        }
    }
}
