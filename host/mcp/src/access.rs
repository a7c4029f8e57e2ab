//! What a server needs of the program that it is a part of.

use crate::tool::Tool;
use std::time::Duration;
use stytch_host::{Credential, Environment, Plugin};

/// What a caller may use, how its calls are bounded, and where they are recorded.
pub trait Access: Clone + Send + Sync + 'static {
    /// What is held during a call.
    type Permit: Send + 'static;

    /// Returns the credentials that the caller may use.
    fn credentials(&self) -> Vec<Listed>;

    /// Returns whether the caller may use a tool. Others are not listed.
    fn permits(&self, tool: Tool) -> bool;

    /// Waits until a call with the credential of this name may begin.
    fn enter(
        &self,
        tool: Tool,
        credential: &str,
    ) -> impl Future<Output = Result<Entered<Self::Permit>, Refusal>> + Send;

    /// Records a call that has ended.
    fn ended(&self, call: &Ended<'_>);
}

/// A credential that a caller may use, without its secret and its project ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// The environment, if it is known.
    pub environment: Option<Environment>,
    /// Whether the secret could be read.
    pub usable: bool,
}

/// A call that may begin.
#[derive(Debug)]
pub struct Entered<P> {
    /// What makes the call.
    pub plugin: Plugin,
    /// The credential.
    pub credential: Credential,
    /// Dropped when the call has ended.
    pub permit: P,
}

/// Why a call may not begin.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What it is, for programs.
    pub code: &'static str,
    /// What it is, for people.
    pub message: String,
    /// Whether the same call may begin later, and after which time.
    pub retry_after: Option<Duration>,
}

/// A call that has ended, without personal data.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// The tool.
    pub tool: Tool,
    /// The credential; `None` if the caller may not use it or did not name it.
    pub credential: Option<&'a str>,
    /// The code of the failure; `None` if the call succeeded.
    pub code: Option<&'static str>,
    /// Stytch's ID of the request, or of the last one.
    pub request_id: Option<&'a str>,
    /// How long it took.
    pub duration: Duration,
}
