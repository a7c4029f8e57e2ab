//! A number without a fraction, however it is written: to JSON Schema, and in many
//! languages, `10.0` is 10.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;

pub(super) struct Integer(pub(super) u32);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u32(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Integer;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("u32")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Integer, E> {
        match u32::try_from(number) {
            Ok(number) => Ok(Integer(number)),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Integer, E> {
        match u32::try_from(number) {
            Ok(number) => Ok(Integer(number)),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Integer, E> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number that does not fit is not the same afterwards"
        )]
        let whole = number as u32;
        // Exactly: 1.5 is no whole number, however near it is to one.
        #[expect(clippy::float_cmp, reason = "it is the same or it is not")]
        let fits = f64::from(whole) == number;
        if fits {
            Ok(Integer(whole))
        } else {
            Err(E::invalid_type(Unexpected::Float(number), &self))
        }
    }
}
