//! Parses integer arguments. Errors state the allowed range.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

pub(super) fn within<T>(text: &str, range: &RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "must be an integer from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

pub(super) fn at_least<T>(text: &str, least: &T) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    match text.parse() {
        Ok(number) if number >= *least => Ok(number),
        _ => Err(format!("must be an integer, {least} or more")),
    }
}
