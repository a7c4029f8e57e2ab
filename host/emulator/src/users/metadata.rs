//! Trusted and untrusted metadata: application-defined JSON objects.
//!
//! Limits and merge rules follow <https://stytch.com/docs/api/metadata>.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::api_error::ApiError;

/// The maximum number of top-level keys.
const MAX_KEYS: usize = 20;

/// The maximum size, in bytes of compact JSON.
const MAX_BYTES: usize = 4096;

/// An application-defined JSON object.
///
/// Stored as text, so that numbers beyond the range or precision of floating point survive
/// unchanged, and in a fraction of the memory of a parsed value. The default is an empty object.
#[derive(Debug, Clone, Default)]
pub struct Metadata(
    /// `None` is `{}`, which most users have.
    Option<Box<RawValue>>,
);

impl Metadata {
    /// Returns the JSON text of the object.
    pub fn get(&self) -> &str {
        self.0.as_ref().map_or("{}", |raw| raw.get())
    }

    /// Merges changes at the top level: `null` removes a key, any other value replaces it.
    ///
    /// # Errors
    ///
    /// `metadata_too_many_keys` or `metadata_too_large` if the result exceeds a limit.
    pub(crate) fn merge(&mut self, changes: Map<String, Value>) -> Result<(), ApiError> {
        // The text is an object. If parsing fails (nesting too deep), start from an empty one.
        let mut merged: Map<String, Value> = serde_json::from_str(self.get()).unwrap_or_default();
        for (key, value) in changes {
            if value.is_null() {
                merged.remove(&key);
            } else {
                merged.insert(key, value);
            }
        }
        if merged.len() > MAX_KEYS {
            let message = format!("Metadata must have at most {MAX_KEYS} top-level keys.");
            return Err(ApiError::new(400, "metadata_too_many_keys", message));
        }
        *self = Self::from(&merged);
        if self.get().len() > MAX_BYTES {
            let message = format!("Metadata must have at most {MAX_BYTES} bytes.");
            return Err(ApiError::new(400, "metadata_too_large", message));
        }
        Ok(())
    }
}

impl From<&Map<String, Value>> for Metadata {
    fn from(object: &Map<String, Value>) -> Self {
        // Serializing a map of strings to JSON values cannot fail.
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
    /// Compares the text: objects that differ in whitespace or member order are not equal.
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
    fn merges_keys_at_the_top_level_only() {
        let mut metadata = Metadata::from(&object(json!({"a": 1, "b": {"x": 1}, "c": 3})));
        metadata
            .merge(object(json!({"a": null, "b": {"y": null}, "d": []})))
            .unwrap();
        assert_eq!(metadata.get(), r#"{"b":{"y":null},"c":3,"d":[]}"#);
    }

    #[test]
    fn limits_apply_to_the_merged_result() {
        let keys = |n: usize| (0..n).map(|i| (format!("k{i}"), json!(0))).collect();
        // `{"t":"…"}` is eight bytes longer than its text.
        let text = |n: usize| object(json!({"t": "x".repeat(n - 8)}));
        for (changes, expected) in [
            (keys(20), None),
            (keys(21), Some("metadata_too_many_keys")),
            (text(4096), None),
            (text(4097), Some("metadata_too_large")),
        ] {
            let error = Metadata::default().merge(changes).err();
            assert_eq!(error.map(|error| error.error_type), expected);
        }
        let mut metadata = Metadata::from(&keys(20));
        metadata
            .merge(object(json!({"k0": null, "new": 1})))
            .unwrap();
        assert!(metadata.merge(object(json!({"one more": 1}))).is_err());
    }

    #[test]
    fn preserves_loaded_text_verbatim() {
        let text = r#"{"b": 1e400, "a": 0.10, "n": 123456789012345678901234567890}"#;
        let metadata: Metadata = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&metadata).unwrap(), text);
        assert!(serde_json::from_str::<Metadata>("[]").is_err());
    }
}
