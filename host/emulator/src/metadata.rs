//! Trusted and untrusted metadata: JSON that nobody here may change but by merging.
//!
//! Limits and merging follow <https://stytch.com/docs/api/metadata>.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::failure::Failure;

/// The most keys at the top level.
const MOST_KEYS: usize = 20;

/// The longest metadata, in bytes of compact JSON.
const MOST_BYTES: usize = 4096;

/// A JSON object of the application's own.
///
/// It is kept as text: numbers that no floating point can hold are sent back as they were loaded,
/// and a user takes a fraction of the memory. The default is an empty object.
#[derive(Debug, Clone, Default)]
pub struct Metadata(
    /// Nothing stands for `{}`, which most users have.
    Option<Box<RawValue>>,
);

impl Metadata {
    /// The JSON text of the object.
    pub fn get(&self) -> &str {
        self.0.as_ref().map_or("{}", |raw| raw.get())
    }

    /// Applies changes at the top level: `null` removes a key, anything else replaces it.
    ///
    /// # Errors
    ///
    /// `metadata_too_many_keys` or `metadata_too_large` if the result is over a limit.
    pub(super) fn merge(&mut self, changes: Map<String, Value>) -> Result<(), Failure> {
        // An object, as the type says; what cannot be read has nothing to merge with.
        let mut merged: Map<String, Value> = serde_json::from_str(self.get()).unwrap_or_default();
        for (key, value) in changes {
            if value.is_null() {
                merged.remove(&key);
            } else {
                merged.insert(key, value);
            }
        }
        if merged.len() > MOST_KEYS {
            let message = format!("Metadata must have at most {MOST_KEYS} top-level keys.");
            return Err(Failure::new(400, "metadata_too_many_keys", message));
        }
        *self = Self::from(&merged);
        if self.get().len() > MOST_BYTES {
            let message = format!("Metadata must have at most {MOST_BYTES} bytes.");
            return Err(Failure::new(400, "metadata_too_large", message));
        }
        Ok(())
    }
}

impl From<&Map<String, Value>> for Metadata {
    fn from(object: &Map<String, Value>) -> Self {
        // A map of strings to JSON values has no member that could not be written.
        Self(to_raw_value(object).ok().filter(|_| !object.is_empty()))
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(raw) => raw.serialize(serializer),
            None => Map::new().serialize(serializer),
        }
    }
}

impl PartialEq for Metadata {
    /// Compares the texts: objects with another spacing or order of members are not equal.
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if raw.get().starts_with('{') {
            Ok(Self(Some(raw)))
        } else {
            Err(D::Error::custom("metadata must be an object"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn keys_are_merged_at_the_top_level_only() {
        let mut metadata = Metadata::from(&object(json!({"a": 1, "b": {"x": 1}, "c": 3})));
        metadata
            .merge(object(json!({"a": null, "b": {"y": null}, "d": []})))
            .unwrap();
        assert_eq!(metadata.get(), r#"{"b":{"y":null},"c":3,"d":[]}"#);
    }

    #[test]
    fn the_limits_hold_for_the_result_of_a_merge() {
        let keys = |n: usize| (0..n).map(|i| (format!("k{i}"), json!(0))).collect();
        // `{"t":"…"}` is eight bytes longer than its text.
        let text = |n: usize| object(json!({"t": "x".repeat(n - 8)}));
        for (changes, expected) in [
            (keys(20), None),
            (keys(21), Some("metadata_too_many_keys")),
            (text(4096), None),
            (text(4097), Some("metadata_too_large")),
        ] {
            let failure = Metadata::default().merge(changes).err();
            assert_eq!(failure.map(|failure| failure.error_type), expected);
        }
        let mut metadata = Metadata::from(&keys(20));
        metadata
            .merge(object(json!({"k0": null, "new": 1})))
            .unwrap();
        assert!(metadata.merge(object(json!({"one more": 1}))).is_err());
    }

    #[test]
    fn loaded_text_is_kept_to_the_letter() {
        let text = r#"{"b": 1e400, "a": 0.10, "n": 123456789012345678901234567890}"#;
        let metadata: Metadata = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&metadata).unwrap(), text);
        assert!(serde_json::from_str::<Metadata>("[]").is_err());
    }
}
