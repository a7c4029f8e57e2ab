//! The contract's types, generated once for the component's code and the host's.

wit_bindgen::generate!({
    path: "../../wit",
    world: "integration",
    generate_all,
});
