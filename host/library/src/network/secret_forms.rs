//! Finds the forms of a secret in texts. Errors and dry runs are redacted with this, and
//! the responses of sealed calls are searched with it: a form that is missing here is not
//! detected anywhere.

mod unescape;

use crate::network::credential::Credential;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;
use unescape::unescape;
use zeroize::Zeroizing;

/// What replaces a secret.
pub(crate) const REDACTED: &str = "<hidden>";

/// A shorter text is not a secret, and would be found everywhere.
const SHORTEST_REDACTED: usize = 4;

/// Shorter encoded texts occur by chance.
const SHORTEST_ENCODED: usize = 8;

/// The maximum number of nested escapes, such as JSON in a URL in JSON.
const ROUNDS: usize = 5;

/// The positions of the bytes take 16 times the size of the text. A larger text that
/// contains a secret is replaced completely.
const LARGEST: usize = 1 << 20;

/// A secret verbatim and in Base64. Other encodings are decoded in the text instead: there
/// are too many ways to escape a character to list them.
pub(crate) struct SecretForms(Vec<Zeroizing<String>>);

impl SecretForms {
    /// Creates the forms of a credential's secret; none if it is shorter than `shortest`,
    /// and would be found everywhere.
    pub(crate) fn of(credential: &Credential, shortest: usize) -> Self {
        let secret = credential.secret().expose();
        // Servers may omit or escape the padding.
        let plain = secret.trim_end_matches('=');
        if plain.len() < shortest {
            return Self(Vec::new());
        }
        let pair = Zeroizing::new(format!("{}:{secret}", credential.project_id()));
        let mut forms = Vec::new();
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            forms.push(Zeroizing::new(engine.encode(pair.as_bytes())));
            // Also within a longer text, at each offset modulo 3.
            for before in 0..3 {
                let text = Zeroizing::new([&vec![0; before], secret.as_bytes()].concat());
                let encoded = Zeroizing::new(engine.encode(&*text));
                // Without the characters that contain bits of the surrounding text.
                let inner = before + usize::from(before > 0)..text.len() * 8 / 6;
                let inner = encoded.get(inner).unwrap_or_default();
                forms.push(Zeroizing::new(inner.to_owned()));
            }
        }
        forms.retain(|form| form.len() >= SHORTEST_ENCODED);
        forms.push(Zeroizing::new(plain.to_owned()));
        forms.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
        forms.dedup();
        Self(forms)
    }

    /// Returns whether `text` contains one of the forms.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        let mut text = Cow::Borrowed(text);
        for _ in 0..ROUNDS {
            let mut forms = self.0.iter();
            if forms.any(|form| memmem::find(&text, form.as_bytes()).is_some()) {
                return true;
            }
            let Some((unescaped, ())) = unescape(&text) else {
                return false;
            };
            text = Cow::Owned(unescaped);
        }
        false
    }

    /// Replaces each form in `text` with `replacement`.
    pub(crate) fn replace(&self, text: &mut String, replacement: &str) {
        if !self.is_in(text.as_bytes()) {
            return;
        }
        if text.len() > LARGEST {
            replacement.clone_into(text);
            return;
        }
        let mut found = self.find(text.as_bytes());
        found.sort_by_key(|range| range.start);
        let (mut replaced, mut end) = (Vec::new(), 0);
        for range in found {
            // Forms may overlap.
            if range.start >= end {
                replaced.extend(text.as_bytes().get(end..range.start).unwrap_or_default());
                replaced.extend(replacement.as_bytes());
            }
            end = end.max(range.end);
        }
        replaced.extend(text.as_bytes().get(end..).unwrap_or_default());
        *text = String::from_utf8_lossy(&replaced).into_owned();
    }

    /// Finds all forms in `text`.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut text = Cow::Borrowed(text);
        // The range in the original text that each byte comes from.
        let mut sources: Vec<_> = (0..text.len()).map(|at| at..at + 1).collect();
        for _ in 0..ROUNDS {
            for form in &self.0 {
                let all = memmem::find_iter(&text, form.as_bytes());
                found.extend(all.filter_map(|at| source_of(&sources, at..at + form.len())));
            }
            let Some((unescaped, ranges)) = unescape::<Vec<Range<usize>>>(&text) else {
                break;
            };
            sources = ranges
                .into_iter()
                .filter_map(|range| source_of(&sources, range))
                .collect();
            text = Cow::Owned(unescaped);
        }
        found
    }
}

/// Returns the range in the original text that a range of bytes comes from.
fn source_of(sources: &[Range<usize>], bytes: Range<usize>) -> Option<Range<usize>> {
    let sources = sources.get(bytes)?;
    Some(sources.first()?.start..sources.last()?.end)
}

/// Redacts a secret in errors and dry runs, in all of its forms: a server or a proxy may
/// send the request back, and a component may put the secret into an error.
pub(crate) struct Redactor(SecretForms);

impl Redactor {
    pub(crate) fn new(credential: &Credential) -> Self {
        Self(SecretForms::of(credential, SHORTEST_REDACTED))
    }

    /// Redacts the secret in a text.
    pub(crate) fn redact(&self, text: &mut String) {
        self.0.replace(text, REDACTED);
    }
}

#[cfg(test)]
mod tests;
