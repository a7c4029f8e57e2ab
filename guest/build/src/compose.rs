//! Composes two components into one.

use crate::Result;
use wasm_compose::graph::{Component, CompositionGraph, EncodeOptions};
use wasmparser::Validator;

/// Satisfies the imports of `socket` with the exports of `plug`. The remaining imports of
/// both are imports of the result, which exports what `socket` exports.
///
/// # Errors
///
/// When one of them is not a component, or nothing matches.
pub fn plug(socket: &[u8], plug: &[u8]) -> Result<Vec<u8>> {
    // Shared, so that it can compare the types of both.
    let mut validator = Validator::new();
    let mut graph = CompositionGraph::new();
    let socket = graph.add_component(Component::from_bytes(&mut validator, "socket", socket)?)?;
    let plug = graph.add_component(Component::from_bytes(&mut validator, "plug", plug)?)?;
    let (inner, outer) = (graph.instantiate(plug)?, graph.instantiate(socket)?);

    let imports = graph.get_component(socket).into_iter();
    let exports = graph
        .get_component(plug)
        .ok_or("the graph has lost a component")?;
    let matches: Vec<_> = imports
        .flat_map(Component::imports)
        .filter_map(|(import, name, _)| Some((exports.export_by_name(name)?.0, import)))
        .collect();
    if matches.is_empty() {
        return Err("one component exports nothing that the other imports".into());
    }
    for (export, import) in matches {
        graph.connect(inner, Some(export), outer, import)?;
    }
    Ok(graph.encode(EncodeOptions {
        define_components: true,
        export: Some(outer),
        validate: true,
    })?)
}
