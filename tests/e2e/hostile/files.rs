//! Files that are not a component of this contract.

use super::{attack, hostile, nowhere};
use crate::builder;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use stytch_host::{COMPONENT, Error};
use stytch_testkit::guest;
use wasm_encoder::{
    BlockType, CodeSection, Component, Function, FunctionSection, Instruction, Module,
    ModuleSection, NestedComponentSection, TypeSection, ValType,
};

/// Why these bytes are rejected.
fn rejection_of(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    fs::write(&path, bytes).unwrap();
    rejection(path)
}

/// Why the file is rejected.
fn rejection(path: PathBuf) -> String {
    let error = builder().component_file(path).build().unwrap_err();
    assert!(matches!(error, Error::Load(_)), "{error:?}");
    error.to_string()
}

#[test]
fn an_unsupported_import_is_named() {
    let refusal = rejection(guest("import"));
    assert!(refusal.contains("evil:plugin/files@1.0.0"), "{refusal}");
}

#[tokio::test]
async fn exports_of_another_type_are_rejected() {
    let error = attack(&hostile("types", builder()), &nowhere(), "u").await;
    assert!(matches!(error, Error::Load(_)), "{error:?}");
    assert!(error.to_string().contains("found `u32`"), "{error}");
}

#[test]
fn a_component_truncated_anywhere_is_rejected() {
    for cut in (8..COMPONENT.len()).step_by(COMPONENT.len() / 40) {
        rejection_of(&COMPONENT[..cut]);
    }
}

#[test]
fn random_bytes_are_rejected() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..50 {
        let mut bytes = COMPONENT[..8].to_vec();
        for _ in 0..100 {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(state.to_le_bytes());
        }
        rejection_of(&bytes);
    }
}

/// A component with one function that has this many branches and 100 local variables.
fn branching(branches: usize) -> Vec<u8> {
    let mut function = Function::new([(100, ValType::I32)]);
    for number in 0..branches {
        let local = u32::try_from(number % 100).unwrap();
        for instruction in [
            Instruction::Block(BlockType::Empty),
            Instruction::LocalGet(local),
            Instruction::BrIf(0),
            Instruction::LocalGet((local * 7 + 3) % 100),
            Instruction::LocalSet(local),
            Instruction::End,
        ] {
            function.instruction(&instruction);
        }
    }
    function.instruction(&Instruction::End);
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    functions.function(0);
    code.function(&function);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    component.finish()
}

#[test]
fn excessive_complexity_is_rejected_by_every_reader() {
    let mut nested = Component::new();
    for _ in 0..20_000 {
        let mut outer = Component::new();
        outer.section(&NestedComponentSection(&nested));
        nested = outer;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    for bytes in [nested.finish(), branching(100_000)] {
        fs::write(&path, bytes).unwrap();
        let builder = builder().component_file(&path);
        let start = Instant::now();
        for error in [
            builder.inspect().err(),
            builder.describe().err(),
            builder.metadata().err(),
            builder.clone().build().err(),
        ] {
            assert!(matches!(error, Some(Error::Load(_))), "{error:?}");
        }
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn compiling_has_a_deadline_and_inspecting_does_not_compile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.wasm");
    fs::write(&path, branching(7_000)).unwrap();
    let timeout = Duration::from_millis(1);
    let builder = builder().component_file(path).compile_timeout(timeout);
    let error = builder.clone().build().unwrap_err();
    assert!(
        matches!(error, Error::CompileTimeout { after } if after == timeout),
        "{error:?}"
    );
    assert_eq!(
        (error.code(), error.is_retryable()),
        ("plugin_failed", false)
    );
    let problem = builder.inspect().unwrap().problem.unwrap();
    assert!(problem.contains("no exported instance"), "{problem}");
}

#[cfg(unix)]
#[test]
fn an_endless_file_is_not_read_completely() {
    let error = builder().component_file("/dev/zero").build().unwrap_err();
    assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
}
