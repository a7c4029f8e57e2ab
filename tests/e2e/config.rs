//! `wasi:config/store` under each of the names that hosts use for it.

use crate::{builder, emulated};
use std::fs;
use stytch_emulator::Options;
use stytch_host::COMPONENT;
use wasm_encoder::{Component, ComponentImportSection, ComponentTypeRef, RawSection};
use wasmparser::{Parser, Payload};

const NAME: &str = "wasi:config/store@0.2.0-rc.1";

/// The component as if it were built for the interface with this name.
fn with_import(name: &str) -> Vec<u8> {
    let mut renamed = Component::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(COMPONENT) {
        let payload = payload.unwrap();
        match &payload {
            Payload::ComponentImportSection(section) if depth == 0 => {
                let mut imports = ComponentImportSection::new();
                for import in section.clone() {
                    let import = import.unwrap();
                    let wasmparser::ComponentTypeRef::Instance(index) = import.ty else {
                        panic!("{import:?}");
                    };
                    let kept = import.name.name;
                    let name = if kept == NAME { name } else { kept };
                    imports.import(name, ComponentTypeRef::Instance(index));
                }
                renamed.section(&imports);
            }
            other => {
                if let (0, Some((id, range))) = (depth, other.as_section()) {
                    let data = &COMPONENT[range];
                    renamed.section(&RawSection { id, data });
                }
            }
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    renamed.finish()
}

#[tokio::test]
async fn every_name_of_wasi_config_is_supported() {
    assert!(with_import(NAME) == COMPONENT);
    let (stytch, credential) = emulated(Options::default()).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let build = |component: &[u8]| {
        fs::write(file.path(), component).unwrap();
        builder().component_file(file.path()).build()
    };
    for version in ["0.2.0-draft", "0.2.0-draft-2024-09-27", "0.2.0-rc.1"] {
        let component = with_import(&format!("wasi:config/store@{version}"));
        let plugin = build(&component).unwrap();
        let report = plugin.check(&credential).await.unwrap();
        assert_eq!(report.base_url, stytch.base_url());
    }
    let unknown = with_import("wasi:config/store@0.2.0-rc.2");
    let error = build(&unknown).unwrap_err();
    assert!(error.to_string().contains("wasi:config/store"), "{error}");
}
