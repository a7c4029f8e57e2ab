//! Encrypts payloads, so that a history can only be read with the key.
//!
//! The format is that of the encryption examples of Temporal's Python, TypeScript and Go
//! SDKs, so that their workflows share the key: AES-256-GCM over the serialized payload,
//! after a random nonce of 12 bytes, with the metadata `encoding` and `encryption-key-id`.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use prost::Message;
use std::sync::Arc;
use temporalio_common::data_converters::{
    PayloadCodec, PayloadConversionError, SerializationContextData,
};
use temporalio_common::protos::temporal::api::common::v1::Payload;

const ENCODING: &str = "encoding";
const ENCRYPTED: &[u8] = b"binary/encrypted";
const KEY_ID: &str = "encryption-key-id";

/// The size of a key, in bytes.
pub(crate) const KEY: usize = 32;

/// The size of a nonce, in bytes.
const NONCE: usize = 12;

/// A codec that encrypts payloads.
#[derive(Clone)]
pub(crate) struct Encryption {
    id: Arc<str>,
    cipher: Arc<Aes256Gcm>,
}

/// Why a payload cannot be encrypted or decrypted.
#[derive(Debug, thiserror::Error)]
enum CodecError {
    #[error("the payload is encrypted with another key, {0:?}")]
    OtherKey(String),
    #[error("the payload is damaged, or encrypted with another key of the same name")]
    Damaged,
    #[error("the system has no random numbers: {0}")]
    Random(getrandom::Error),
}

impl Encryption {
    /// Creates a codec with a key and the name that its users know it by.
    pub(crate) fn new(id: &str, key: [u8; KEY]) -> Self {
        Self {
            id: id.into(),
            cipher: Arc::new(Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))),
        }
    }

    fn encrypt(&self, payload: &Payload) -> Result<Payload, CodecError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(CodecError::Random)?;
        let text = payload.encode_to_vec();
        let encrypted = self
            .cipher
            .encrypt(&Nonce::from(nonce), text.as_slice())
            .map_err(|_| CodecError::Damaged)?;
        let metadata = [
            (ENCODING.to_owned(), ENCRYPTED.to_vec()),
            (KEY_ID.to_owned(), self.id.as_bytes().to_vec()),
        ];
        Ok(Payload {
            metadata: metadata.into(),
            data: [nonce.as_slice(), &encrypted].concat(),
            ..Payload::default()
        })
    }

    /// Decrypts a payload. One that is not encrypted stays as it is.
    fn decrypt(&self, payload: Payload) -> Result<Payload, CodecError> {
        if payload.metadata.get(ENCODING).map(Vec::as_slice) != Some(ENCRYPTED) {
            return Ok(payload);
        }
        let id = payload.metadata.get(KEY_ID).map_or(&[][..], Vec::as_slice);
        if id != self.id.as_bytes() {
            let id = String::from_utf8_lossy(id).into_owned();
            return Err(CodecError::OtherKey(id));
        }
        let split = payload.data.split_first_chunk::<NONCE>();
        let (nonce, encrypted) = split.ok_or(CodecError::Damaged)?;
        let text = self
            .cipher
            .decrypt(&Nonce::from(*nonce), encrypted)
            .map_err(|_| CodecError::Damaged)?;
        Payload::decode(text.as_slice()).map_err(|_| CodecError::Damaged)
    }
}

fn converted(
    payloads: impl Iterator<Item = Result<Payload, CodecError>>,
) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
    let payloads: Result<_, _> = payloads.collect();
    let payloads = payloads.map_err(|error| PayloadConversionError::EncodingError(Box::new(error)));
    ready(payloads).boxed()
}

impl PayloadCodec for Encryption {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        converted(payloads.iter().map(|payload| self.encrypt(payload)))
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        converted(payloads.into_iter().map(|payload| self.decrypt(payload)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        Payload {
            metadata: [(ENCODING.to_owned(), b"json/plain".to_vec())].into(),
            data: br#""ada@example.com""#.to_vec(),
            ..Payload::default()
        }
    }

    #[test]
    fn payloads_are_read_with_the_key_only() {
        let codec = Encryption::new("k1", [7; KEY]);
        let encrypted = codec.encrypt(&payload()).unwrap();
        assert!(!encrypted.data.windows(3).any(|bytes| bytes == b"ada"));
        assert_eq!(codec.decrypt(encrypted.clone()).unwrap(), payload());
        assert_eq!(codec.decrypt(payload()).unwrap(), payload());

        let mut damaged = encrypted.clone();
        *damaged.data.last_mut().unwrap() ^= 1;
        assert!(matches!(codec.decrypt(damaged), Err(CodecError::Damaged)));
        let mut short = encrypted.clone();
        short.data.truncate(5);
        assert!(matches!(codec.decrypt(short), Err(CodecError::Damaged)));
        let other = Encryption::new("k1", [8; KEY]);
        assert!(matches!(
            other.decrypt(encrypted.clone()),
            Err(CodecError::Damaged)
        ));
        let other = Encryption::new("k2", [7; KEY]);
        assert!(matches!(
            other.decrypt(encrypted),
            Err(CodecError::OtherKey(_))
        ));
    }

    #[test]
    fn no_two_payloads_have_the_same_nonce() {
        let codec = Encryption::new("k1", [7; KEY]);
        let [one, other] = [(); 2].map(|()| codec.encrypt(&payload()).unwrap());
        assert_ne!(one.data, other.data);
    }
}
