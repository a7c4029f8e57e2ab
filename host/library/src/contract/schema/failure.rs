//! Describes errors as programs get them from the command line.

use super::convert::{Converter, Result, Unknown};
use super::keywords::Schema;
use super::prose::member;
use crate::contract::description::Contract;
use wit_parser::{Type, TypeDefKind};

/// The contract's record for Stytch's own error.
const API_ERROR: &str = "api-error";

pub(super) fn error(converter: Converter, contract: &Contract, error: &Type) -> Result<Schema> {
    let definition = contract.resolved(error);
    let Some((definition, TypeDefKind::Variant(cases))) = definition.map(|ty| (ty, &ty.kind))
    else {
        return Err(Unknown("error".to_owned()));
    };
    let code = |code: String, docs: Option<&str>| Schema {
        title: None,
        ..converter.described(Schema::constant(code), "", docs)
    };
    let mut codes: Vec<_> = cases
        .cases
        .iter()
        .map(|case| code(member(&case.name), case.docs.contents.as_deref()))
        .collect();
    codes.push(code(
        "plugin_failed".to_owned(),
        Some("The component or its host failed; trying again does not help."),
    ));
    codes.push(code(
        "output_failed".to_owned(),
        Some("What came of the call could not be written to standard output or its file."),
    ));
    let codes = Schema {
        one_of: codes,
        ..Schema::of("string")
    };

    let of_stytch = |field: &str| contract.docs_of_field(API_ERROR, field);
    let text = || Schema::of("string").or_null();
    let number = || Schema {
        minimum: Some(0),
        ..Schema::of("integer")
    };
    let member = |object: Schema, name: &str, schema, docs| {
        object.with_required(name, converter.described(schema, name, docs))
    };
    let mut object = Schema::object();
    for (name, schema, docs) in [
        ("code", codes, Some("What it is, for programs.")),
        (
            "message",
            Schema::of("string"),
            Some("What it is, for people."),
        ),
        (
            "retryable",
            Schema::of("boolean"),
            Some("Whether the same call may succeed later without any change."),
        ),
        (
            "retry_after_ms",
            number().or_null(),
            of_stytch("retry-after-ms"),
        ),
        (
            "attempts",
            number(),
            Some("How many requests were sent until it was given up."),
        ),
        ("status_code", number().or_null(), of_stytch("status")),
        ("error_type", text(), of_stytch("error-type")),
        ("request_id", text(), of_stytch("request-id")),
        ("error_url", text(), of_stytch("error-url")),
        ("error_details", Schema::default(), of_stytch("details")),
        ("hint", text(), Some("What to do about it, for people.")),
    ] {
        object = member(object, name, schema, docs);
    }
    let docs = definition.docs.contents.as_deref();
    let envelope =
        Schema::object().with_required("error", converter.described(object, "error", docs));
    let envelope = converter.described(envelope, "failure", None);
    Ok(converter.finish(envelope))
}
