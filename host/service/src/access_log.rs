//! A line of the access log: one for each request.

use crate::tokens::Operation;
use jiff::Timestamp;
use serde::Serialize;

/// A request that has ended.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) time: Timestamp,
    pub(crate) method: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    pub(crate) duration_ms: f64,
    pub(crate) bytes: u64,
    /// Whether the response was not sent completely.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) cut_off: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace_id: Option<String>,
}
