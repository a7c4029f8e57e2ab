(module
  (import "evil:plugin/files@1.0.0" "read" (func $read (result i32)))
  (func (export "run") (result i32) (call $read)))
