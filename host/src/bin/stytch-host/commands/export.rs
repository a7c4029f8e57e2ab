use crate::args::Export;
use anyhow::Context;
use std::fs;
use std::io::{self, Write};
use stytch_host::COMPONENT;

pub(super) fn run(args: &Export) -> anyhow::Result<()> {
    if args.file.as_os_str() == "-" {
        return Ok(io::stdout().lock().write_all(COMPONENT)?);
    }
    fs::write(&args.file, COMPONENT)
        .with_context(|| format!("{} cannot be written", args.file.display()))
}
