//! The forms that a secret travels in, and where they are in a text. Errors and
//! dry runs are redacted by them, and the responses of sealed calls are searched for
//! them: a form that is missing here is missing everywhere.

mod undo;

use crate::network::credential::Credential;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;
use undo::undo;
use zeroize::Zeroizing;

/// What replaces a secret.
pub(crate) const REDACTED: &str = "<hidden>";

/// A shorter text is not a secret, and would be found everywhere.
const SHORTEST_REDACTED: usize = 4;

/// Encoded texts that are shorter turn up by chance.
const SHORTEST_ENCODED: usize = 8;

/// How often escapes are looked for in what escapes stood for, such as JSON in a URL
/// in JSON.
const ROUNDS: usize = 5;

/// The place of each byte takes 16 times its size to remember. A larger text with a
/// secret in it is hidden as a whole.
const LARGEST: usize = 1 << 20;

/// A secret as it is and in base64. All else is undone in the text instead:
/// there are too many ways to escape a character to list them.
pub(crate) struct SecretForms(Vec<Zeroizing<String>>);

impl SecretForms {
    /// The forms of a credential's secret; none when it is shorter than `shortest`,
    /// and would be found everywhere.
    pub(crate) fn of(credential: &Credential, shortest: usize) -> Self {
        let secret = credential.secret().expose();
        // Servers leave the padding out, or escape it.
        let plain = secret.trim_end_matches('=');
        if plain.len() < shortest {
            return Self(Vec::new());
        }
        let pair = Zeroizing::new(format!("{}:{secret}", credential.project_id()));
        let mut forms = Vec::new();
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            forms.push(Zeroizing::new(engine.encode(pair.as_bytes())));
            // Also within a longer text, of which so many bytes come before it.
            for before in 0..3 {
                let text = Zeroizing::new([&vec![0; before], secret.as_bytes()].concat());
                let encoded = Zeroizing::new(engine.encode(&*text));
                // Without the characters that hold bits of what is around it.
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

    /// Whether one of them is in `text`.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        let mut text = Cow::Borrowed(text);
        for _ in 0..ROUNDS {
            let mut forms = self.0.iter();
            if forms.any(|form| memmem::find(&text, form.as_bytes()).is_some()) {
                return true;
            }
            let Some((undone, ())) = undo(&text) else {
                return false;
            };
            text = Cow::Owned(undone);
        }
        false
    }

    /// Writes `instead` in the place of each that is in `text`.
    pub(crate) fn replace(&self, text: &mut String, instead: &str) {
        if !self.is_in(text.as_bytes()) {
            return;
        }
        if text.len() > LARGEST {
            instead.clone_into(text);
            return;
        }
        let mut found = self.places(text.as_bytes());
        found.sort_by_key(|place| place.start);
        let (mut replaced, mut end) = (Vec::new(), 0);
        for place in found {
            // SecretForms have others in them.
            if place.start >= end {
                replaced.extend(text.as_bytes().get(end..place.start).unwrap_or_default());
                replaced.extend(instead.as_bytes());
            }
            end = end.max(place.end);
        }
        replaced.extend(text.as_bytes().get(end..).unwrap_or_default());
        *text = String::from_utf8_lossy(&replaced).into_owned();
    }

    /// Where they are in `text`.
    fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut text = Cow::Borrowed(text);
        let mut places: Vec<_> = (0..text.len()).map(|at| at..at + 1).collect();
        for _ in 0..ROUNDS {
            for form in &self.0 {
                let all = memmem::find_iter(&text, form.as_bytes());
                found.extend(all.filter_map(|at| whole(&places, at..at + form.len())));
            }
            let Some((undone, within)) = undo::<Vec<Range<usize>>>(&text) else {
                break;
            };
            places = within
                .into_iter()
                .filter_map(|place| whole(&places, place))
                .collect();
            text = Cow::Owned(undone);
        }
        found
    }
}

/// From the beginning of the first of these places to the end of the last one.
fn whole(places: &[Range<usize>], these: Range<usize>) -> Option<Range<usize>> {
    let these = places.get(these)?;
    Some(these.first()?.start..these.last()?.end)
}

/// Replaces a secret in errors and dry runs, in every form that it is found in: a server
/// or a proxy may send the request back, and a component may put the secret into an error.
pub(crate) struct Redactor(SecretForms);

impl Redactor {
    pub(crate) fn new(credential: &Credential) -> Self {
        Self(SecretForms::of(credential, SHORTEST_REDACTED))
    }

    /// Replaces the secret in a text.
    pub(crate) fn redact(&self, text: &mut String) {
        self.0.replace(text, REDACTED);
    }
}

#[cfg(test)]
mod tests;
