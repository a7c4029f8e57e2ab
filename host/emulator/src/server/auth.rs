//! HTTP Basic authentication with the only credential that the emulator accepts.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use uuid::Uuid;

use crate::api_error::ApiError;

/// The project ID that the emulator accepts, in Stytch's format.
pub const PROJECT_ID: &str = "project-test-00000000-0000-4000-8000-000000000000";

/// The secret that the emulator accepts, in Stytch's format. It is public.
pub const SECRET: &str = "secret-test-00000000000000000000000000000000000=";

/// Authenticates a request.
///
/// Follows the authentication section of <https://stytch.com/docs/api>.
/// `invalid_authorization_header` and `invalid_project_id_authentication` are recorded responses of
/// the API, `unauthorized_credentials` is documented, and the rest is inferred.
///
/// # Errors
///
/// The error to respond with.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let (project_id, secret) = credential(headers).ok_or_else(|| {
        ApiError::new(
            400,
            "invalid_authorization_header",
            "The authorization header provided with the request is invalid.",
        )
    })?;
    match environment(&project_id) {
        None => Err(ApiError::new(
            400,
            "invalid_project_id_authentication",
            "The project ID provided in the basic authentication header is invalid. Please check \
             to make sure the format is correct and there are no trailing whitespaces. To create a \
             new project or confirm an existing project ID please visit the Stytch dashboard here: \
             https://stytch.com/dashboard/api-keys",
        )),
        Some("live") => Err(ApiError::new(
            400,
            "wrong_stack_live",
            "The project ID belongs to the live environment, and this is the test environment.",
        )),
        Some(_) if project_id == PROJECT_ID && secret == SECRET => Ok(()),
        Some(_) => Err(ApiError::UNAUTHORIZED_CREDENTIALS),
    }
}

/// Returns the user name and password of a Basic header. The scheme is case-insensitive (RFC 9110,
/// section 11.1).
fn credential(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (project_id, secret) = text.split_once(':')?;
    Some((project_id.to_owned(), secret.to_owned()))
}

/// Returns `test` or `live` if the text has the format of a project ID.
fn environment(project_id: &str) -> Option<&str> {
    let (environment, uuid) = project_id.strip_prefix("project-")?.split_once('-')?;
    let known = matches!(environment, "test" | "live");
    // `Uuid` accepts other formats, too. Stytch uses the hyphenated one.
    (known && uuid.len() == 36 && Uuid::try_parse(uuid).is_ok()).then_some(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invalid_credential_gets_its_error() {
        let basic = |pair: &str| Some(format!("Basic {}", STANDARD.encode(pair)));
        let pair = |project: &str, secret: &str| basic(&format!("{project}:{secret}"));
        let live = PROJECT_ID.replace("test", "live");
        let other = PROJECT_ID.replace("4000", "4001");
        let header = "invalid_authorization_header";
        let project = "invalid_project_id_authentication";
        for (name, value, expected) in [
            ("right", pair(PROJECT_ID, SECRET), None),
            (
                "lower-case scheme",
                pair(PROJECT_ID, SECRET).map(|header| header.replace("Basic", "basic")),
                None,
            ),
            ("no header", None, Some((400, header))),
            ("bearer", Some("Bearer abc".to_owned()), Some((400, header))),
            ("no token", Some("Basic".to_owned()), Some((400, header))),
            (
                "not base64",
                Some("Basic §".replace('§', "%%")),
                Some((400, header)),
            ),
            ("no colon", basic("nothing"), Some((400, header))),
            ("empty", basic(":"), Some((400, project))),
            (
                "any words",
                pair("my-project", SECRET),
                Some((400, project)),
            ),
            (
                "trailing space",
                pair(&format!("{PROJECT_ID} "), SECRET),
                Some((400, project)),
            ),
            (
                "no uuid",
                pair("project-test-123", SECRET),
                Some((400, project)),
            ),
            (
                "live project",
                pair(&live, SECRET),
                Some((400, "wrong_stack_live")),
            ),
            (
                "other project",
                pair(&other, SECRET),
                Some((401, "unauthorized_credentials")),
            ),
            (
                "other secret",
                pair(PROJECT_ID, "s"),
                Some((401, "unauthorized_credentials")),
            ),
            (
                "no secret",
                pair(PROJECT_ID, ""),
                Some((401, "unauthorized_credentials")),
            ),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(AUTHORIZATION, value.parse().unwrap());
            }
            let error = check(&headers)
                .err()
                .map(|error| (error.status, error.error_type));
            assert_eq!(error, expected, "{name}");
        }
    }

    #[test]
    fn errors_have_the_recorded_messages() {
        let message = |headers: &HeaderMap| check(headers).unwrap_err().message;
        let mut headers = HeaderMap::new();
        assert_eq!(
            message(&headers),
            "The authorization header provided with the request is invalid."
        );
        let basic = format!("Basic {}", STANDARD.encode("project-test-example:secret"));
        headers.insert(AUTHORIZATION, basic.parse().unwrap());
        assert_eq!(
            message(&headers),
            "The project ID provided in the basic authentication header is invalid. Please check \
             to make sure the format is correct and there are no trailing whitespaces. To create \
             a new project or confirm an existing project ID please visit the Stytch dashboard \
             here: https://stytch.com/dashboard/api-keys"
        );
    }

    #[test]
    fn the_credential_has_the_format_of_a_real_one() {
        assert_eq!(environment(PROJECT_ID), Some("test"));
        let random = SECRET.strip_prefix("secret-test-").unwrap();
        assert_eq!(random.len(), 36);
        let decoded = base64::engine::general_purpose::URL_SAFE
            .decode(random)
            .unwrap();
        assert_eq!(decoded.len(), 26);
    }
}
