//! The metadata and documentation in the component, and how they are read.

use crate::builder;
use std::borrow::Cow;
use std::fs;
use stytch_host::{COMPONENT, Inspection};
use wasm_encoder::{Component, CustomSection, RawSection};
use wasm_metadata::Payload;
use wasmparser::{Parser, Payload as Part};

/// The component's documentation of an interface or function.
fn documentation(inspection: &Inspection, interface: &str, function: &str) -> Option<String> {
    let mut items = inspection.imports.iter().chain(&inspection.exports);
    let item = items.find(|item| item.name == interface).unwrap();
    match function {
        "" => item.documentation.clone(),
        name => {
            let mut functions = item.functions.iter();
            let function = functions.find(|function| function.name == name).unwrap();
            function.documentation.clone()
        }
    }
}

fn inspect(component: &[u8]) -> Inspection {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("component.wasm");
    fs::write(&path, component).unwrap();
    builder().component_file(path).inspect().unwrap()
}

/// A component with these custom sections.
pub(crate) fn with_sections(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut component = Component::new();
    for (name, data) in sections {
        component.section(&CustomSection {
            name: Cow::Borrowed(name),
            data: Cow::Borrowed(data),
        });
    }
    for (id, data, name) in parts() {
        if name.is_none() {
            component.section(&RawSection { id, data });
        }
    }
    component.finish()
}

/// The sections of the component: their ID, their bytes, and the names of custom ones.
fn parts() -> Vec<(u8, &'static [u8], Option<String>)> {
    let mut depth = 0;
    let mut parts = Vec::new();
    for part in Parser::new(0).parse_all(COMPONENT) {
        let part = part.unwrap();
        if let (0, Some((id, range))) = (depth, part.as_section()) {
            let name = match &part {
                Part::CustomSection(section) => Some(section.name().to_owned()),
                _ => None,
            };
            parts.push((id, &COMPONENT[range], name));
        }
        match part {
            Part::ModuleSection { .. } | Part::ComponentSection { .. } => depth += 1,
            Part::End(_) => depth -= 1,
            _ => {}
        }
    }
    parts
}

#[test]
fn it_is_at_most_130_kib_without_what_is_written_about_it() {
    let (mut runs, mut notes) = (0, 0);
    for (_, data, name) in parts() {
        match name {
            None => runs += data.len(),
            Some(_) => notes += data.len(),
        }
    }
    assert!(runs <= 130 << 10, "{runs} bytes");
    assert!(notes <= 8_000, "{notes} bytes");
}

#[test]
fn it_contains_its_documentation() {
    let inspection = builder().inspect().unwrap();
    let docs = |interface: &str, function: &str| {
        documentation(&inspection, interface, function).unwrap_or_default()
    };
    let users = "stytch:users/users@0.1.0";
    assert!(docs(users, "").starts_with("The two operations on users."));
    assert!(docs(users, "retrieve-user").starts_with("Retrieves one user, by"));
    assert!(docs("stytch:users/types@0.1.0", "").starts_with("Records, filters and errors."));
    let check = docs("stytch:users/credential@0.1.0", "check");
    assert!(check.starts_with("Asks Stytch whether it accepts the credential"));
    // It does not document interfaces that are not its own.
    let handle = documentation(&inspection, "wasi:http/outgoing-handler@0.2.0", "handle");
    assert_eq!(handle, None);
}

#[test]
fn other_tools_read_its_name_version_and_licence() {
    let payload = Payload::from_binary(COMPONENT).unwrap();
    let metadata = payload.metadata();
    assert_eq!(metadata.name.as_deref(), Some("stytch:users"));
    let text = |text: Option<String>| text.unwrap_or_default();
    assert_eq!(
        text(metadata.version.as_ref().map(ToString::to_string)),
        "0.1.0"
    );
    assert_eq!(
        text(metadata.licenses.as_ref().map(ToString::to_string)),
        "Apache-2.0"
    );
    assert!(metadata.description.is_some());
    assert!(metadata.dependencies.is_some());

    let own = builder().metadata().unwrap();
    assert_eq!(own.name, metadata.name);
    assert_eq!(own.version.as_deref(), Some("0.1.0"));
    assert_eq!(own.licenses.as_deref(), Some("Apache-2.0"));
    assert_eq!(
        own.source,
        metadata.source.as_ref().map(ToString::to_string)
    );
}

#[test]
fn any_component_is_shown_with_its_metadata() {
    let sections: [(&str, &[u8]); 7] = [
        ("version", b"9.9.9"),
        ("source", b"https://example.com/source"),
        ("homepage", b"https://example.com"),
        ("revision", b"abc"),
        ("authors", b"Ada"),
        ("licenses", b"\xff\xfe"),
        ("unknown", b"?"),
    ];
    let component = with_sections(&sections);
    let inspection = inspect(&component);
    let metadata = &inspection.metadata;
    assert_eq!(metadata.version.as_deref(), Some("9.9.9"));
    assert_eq!(
        metadata.source.as_deref(),
        Some("https://example.com/source")
    );
    assert_eq!(metadata.homepage.as_deref(), Some("https://example.com"));
    assert_eq!(metadata.revision.as_deref(), Some("abc"));
    assert_eq!(metadata.authors.as_deref(), Some("Ada"));
    assert_eq!((&metadata.name, &metadata.licenses), (&None, &None));
    assert_eq!(inspection.size, component.len());
    assert_eq!(inspection.problem, None);
    assert!(inspection.sends_requests && inspection.reads_secret);
    let docs = documentation(&inspection, "stytch:users/users@0.1.0", "retrieve-user");
    assert_eq!(docs, None);
}

#[test]
fn an_empty_component_can_send_and_read_nothing() {
    let empty = b"\0asm\x0d\0\x01\0";
    let inspection = inspect(empty);
    assert!(!inspection.sends_requests && !inspection.reads_secret);
    assert!(inspection.problem.is_some());
    // As computed by `sha256sum`.
    assert_eq!(
        inspection.sha256,
        "24eaf3439a60c96764c4f2c92a0a81b52bd4fe5d5b91f090184a0f6486b1bf29"
    );
}

#[test]
fn malformed_documentation_is_omitted() {
    let ours = parts()
        .into_iter()
        .find(|(_, _, name)| {
            name.as_deref()
                .is_some_and(|name| name.starts_with("package-docs-zlib:"))
        })
        .map(|(_, data, name)| {
            let name = name.unwrap();
            // The content follows the name, which is prefixed with its length.
            (data[name.len() + 1..].to_vec(), name)
        });
    let (content, name) = ours.unwrap();
    let intact = inspect(&with_sections(&[(&name, &content)]));
    assert!(documentation(&intact, "stytch:users/users@0.1.0", "").is_some());

    let compressed = |json: &str| {
        let mut text = vec![1];
        text.extend(json.as_bytes());
        miniz_oxide::deflate::compress_to_vec_zlib(&text, 1)
    };
    let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![1; 64 << 20], 1);
    for (name, content) in [
        (&*name, &b""[..]),
        (&name, b"no zlib"),
        (&name, &content[..content.len() / 2]),
        (&name, &bomb),
        (&name, &compressed("[]")),
        (
            &name,
            &compressed(r#"{"interfaces":{"nothing":{"docs":"x"}}}"#),
        ),
        (&name, &compressed(r#"{"interfaces":{"users":5}}"#)),
        ("package-docs-zlib:stytch:users@9.9.9", &content),
    ] {
        let inspection = inspect(&with_sections(&[(name, content)]));
        assert_eq!(
            documentation(&inspection, "stytch:users/users@0.1.0", ""),
            None
        );
        assert_eq!(inspection.problem, None);
    }
}

#[test]
fn changed_bytes_do_not_crash() {
    let mut random = fastrand::Rng::with_seed(4);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("component.wasm");
    for _ in 0..300 {
        let mut bytes = COMPONENT.to_vec();
        for _ in 0..random.usize(1..4) {
            // Skip code, which makes up most of it but is not read.
            let most = if random.bool() { 20_000 } else { bytes.len() };
            let at = random.usize(0..most);
            bytes[at] = random.u8(..);
        }
        if random.bool() {
            bytes.truncate(random.usize(0..bytes.len()));
        }
        fs::write(&path, &bytes).unwrap();
        // Both results are fine.
        let _ = builder().component_file(&path).describe();
        let _ = builder().component_file(&path).metadata();
    }
}
