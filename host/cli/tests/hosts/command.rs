//! Examples that are programs: an operation and its input as arguments, one line of
//! JSON on standard output.

use crate::{Host, Variables, run};
use serde_json::Value;
use std::process::Command;

/// Makes the command of one call, all but its last two arguments.
pub(crate) struct Program<F>(pub(crate) F);

impl<F: Fn() -> Command> Host for Program<F> {
    fn call(&self, variables: &Variables, operation: &str, input: &Value) -> Value {
        let Self(command) = self;
        let mut command = command();
        for name in ["STYTCH_PROJECT_ID", "STYTCH_SECRET", "STYTCH_BASE_URL"] {
            command.env_remove(name);
        }
        command
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .args([operation, &input.to_string()]);
        serde_json::from_str(&run(&mut command)).unwrap()
    }
}
