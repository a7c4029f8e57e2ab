use super::*;
use crate::COMPONENT;
use wasm_encoder::{
    BlockType, CodeSection, Component, ComponentAliasSection, ComponentInstanceSection,
    ComponentOuterAliasKind, ComponentTypeSection, Function, FunctionSection, Instruction, Module,
    ModuleSection, NestedComponentSection, TypeSection, ValType,
};

fn refusal(component: &[u8]) -> String {
    check(component).unwrap_err().to_string()
}

fn component(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// Creates a module with a function for each body; all of them have `width` parameters and
/// results.
fn module(width: usize, bodies: &[Function]) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32].repeat(width), []);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for body in bodies {
        functions.function(0);
        code.function(body);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module
}

/// Creates a function with this many local variables, and these instructions repeated.
fn function(locals: u32, count: usize, instructions: &[Instruction<'_>]) -> Function {
    let mut function = Function::new([(locals, ValType::I32)]);
    for instruction in instructions.iter().cycle().take(count * instructions.len()) {
        function.instruction(instruction);
    }
    function.instruction(&Instruction::End);
    function
}

const BRANCH: [Instruction<'static>; 4] = [
    Instruction::Block(BlockType::Empty),
    Instruction::LocalGet(0),
    Instruction::BrIf(0),
    Instruction::End,
];

fn nested(depth: usize) -> Vec<u8> {
    let mut component = Component::new();
    for _ in 0..depth {
        let mut outer = Component::new();
        outer.section(&NestedComponentSection(&component));
        component = outer;
    }
    component.finish()
}

fn nested_types(depth: usize) -> Vec<u8> {
    let mut ty = vec![1];
    ty.extend([0x42, 1, 1].repeat(depth));
    ty.extend([0x42, 0]);
    let mut component = Component::new();
    component.section(&wasm_encoder::RawSection { id: 7, data: &ty });
    component.finish()
}

/// Creates components that each create two instances of the previous one.
fn doubling(times: u32) -> Vec<u8> {
    let mut root = Component::new();
    root.section(&NestedComponentSection(&Component::new()));
    for last in 0..times {
        let (mut inner, mut alias) = (Component::new(), ComponentAliasSection::new());
        alias.alias(wasm_encoder::Alias::Outer {
            kind: ComponentOuterAliasKind::Component,
            count: 1,
            index: last,
        });
        let mut instances = ComponentInstanceSection::new();
        for _ in 0..2 {
            instances.instantiate::<_, &str>(0, []);
        }
        inner.section(&alias).section(&instances);
        root.section(&NestedComponentSection(&inner));
    }
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate::<_, &str>(times, []);
    root.section(&instances);
    root.finish()
}

#[test]
fn accepts_ordinary_components() {
    check(COMPONENT).unwrap();
    check(crate::COMPONENT_WITH_ENVIRONMENT).unwrap();
    // As large as the largest functions of a JavaScript engine.
    let large = function(400, 1_800, &BRANCH);
    check(&component(&module(4, &[large]))).unwrap();
    let long = function(20, 75_000, &[Instruction::LocalGet(0), Instruction::Drop]);
    check(&component(&module(4, &[long]))).unwrap();
    let small = function(5, 20, &BRANCH);
    check(&component(&module(4, &vec![small; 20_000]))).unwrap();
    check(&nested(10)).unwrap();
    check(&nested_types(10)).unwrap();
    check(&doubling(5)).unwrap();
}

#[test]
fn limits_nesting() {
    assert!(refusal(&nested(20_000)).contains("nested deeper"));
    assert!(refusal(&nested(NESTING + 1)).contains("nested deeper"));
    assert!(refusal(&nested_types(1_000_000)).contains("types are nested deeper"));
}

#[test]
fn counts_nested_instances() {
    assert!(refusal(&doubling(30)).contains("types, imports and exports"));
    let mut types = ComponentTypeSection::new();
    for _ in 0..DESCRIPTION {
        types
            .function()
            .params::<[_; 0], wasm_encoder::ComponentValType>([]);
    }
    let mut component = Component::new();
    component.section(&types);
    assert!(refusal(&component.finish()).contains("types, imports and exports"));
}

#[test]
fn refuses_an_instance_of_an_unknown_component() {
    let mut inner = Component::new();
    let mut types = ComponentTypeSection::new();
    types.component(&wasm_encoder::ComponentType::new());
    let mut imports = wasm_encoder::ComponentImportSection::new();
    imports.import("given", wasm_encoder::ComponentTypeRef::Component(0));
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate::<_, &str>(0, []);
    inner.section(&types).section(&imports).section(&instances);
    assert!(refusal(&inner.finish()).contains("does not contain"));
}

#[test]
fn limits_code() {
    let calls = Instruction::Call(0);
    let table = Instruction::BrTable(vec![0; 50_000].into(), 0);
    for (what, width, body) in [
        ("locals and branches", 0, function(5_000, 20_000, &BRANCH)),
        ("instructions", 0, function(0, 500_000, &[Instruction::Nop])),
        ("wide calls", 900, function(0, 500, &[calls])),
        ("a large table of branches", 0, function(100, 1, &[table])),
        ("wide branches", 900, function(0, 4_000, &BRANCH)),
    ] {
        let said = refusal(&component(&module(width, &[body])));
        assert!(said.contains("one of its functions"), "{what}: {said}");
    }
    let large = function(0, 240_000, &[Instruction::Nop]);
    assert!(refusal(&component(&module(0, &vec![large; 50]))).contains("in total"));
    // A few bytes each, and 50,000 variables.
    let sparse = function(50_000, 0, &[]);
    assert!(refusal(&component(&module(0, &vec![sparse; 1_000]))).contains("in total"));
    let empty = function(0, 0, &[]);
    let many = module(0, &vec![empty; FUNCTIONS + 1]);
    assert!(refusal(&component(&many)).contains("functions"));
}

#[test]
fn limits_module_declarations() {
    let mut types = TypeSection::new();
    for _ in 0..=TYPES {
        types.ty().function([], []);
    }
    let mut module = Module::new();
    module.section(&types);
    assert!(refusal(&component(&module)).contains("function types"));
    let mut globals = wasm_encoder::GlobalSection::new();
    let ty = wasm_encoder::GlobalType {
        val_type: ValType::I32,
        mutable: false,
        shared: false,
    };
    for _ in 0..DECLARATIONS {
        globals.global(ty, &wasm_encoder::ConstExpr::i32_const(0));
    }
    let mut module = Module::new();
    module.section(&globals);
    assert!(refusal(&component(&module)).contains("declare more than"));
}
