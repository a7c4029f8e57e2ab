//! Puts two components together into one.

use crate::Result;
use wasm_compose::graph::{Component, CompositionGraph, EncodeOptions};
use wasmparser::Validator;

/// Gives `socket` all that it imports and `plug` exports. What is left of the imports
/// of both, the engine gives; the result exports what `socket` does.
///
/// # Errors
///
/// When one is no component, or they do not fit.
pub fn plug(socket: &[u8], plug: &[u8]) -> Result<Vec<u8>> {
    // One for both, so that it knows the types of one in the other.
    let mut validator = Validator::new();
    let mut graph = CompositionGraph::new();
    let socket = graph.add_component(Component::from_bytes(&mut validator, "socket", socket)?)?;
    let plug = graph.add_component(Component::from_bytes(&mut validator, "plug", plug)?)?;
    let (inner, outer) = (graph.instantiate(plug)?, graph.instantiate(socket)?);

    let imports = graph.get_component(socket).into_iter();
    let exports = graph.get_component(plug).ok_or("the graph lost a part")?;
    let fitting: Vec<_> = imports
        .flat_map(Component::imports)
        .filter_map(|(import, name, _)| Some((exports.export_by_name(name)?.0, import)))
        .collect();
    if fitting.is_empty() {
        return Err("one component exports nothing that the other imports".into());
    }
    for (export, import) in fitting {
        graph.connect(inner, Some(export), outer, import)?;
    }
    Ok(graph.encode(EncodeOptions {
        define_components: true,
        export: Some(outer),
        validate: true,
    })?)
}
