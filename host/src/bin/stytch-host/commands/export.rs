use crate::args::Export;
use anyhow::Context;
use std::fs;
use std::io::{self, Write};
use stytch_host::{COMPONENT, COMPONENT_WITH_ENVIRONMENT};

pub(super) fn run(args: &Export) -> anyhow::Result<()> {
    let component = if args.environment {
        COMPONENT_WITH_ENVIRONMENT
    } else {
        COMPONENT
    };
    if args.file.as_os_str() == "-" {
        return Ok(io::stdout().lock().write_all(component)?);
    }
    fs::write(&args.file, component)
        .with_context(|| format!("{} cannot be written", args.file.display()))
}
