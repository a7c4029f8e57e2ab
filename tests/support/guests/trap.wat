  ;; Fails at once.
  (func $attack (param i32 i32) (result i32) unreachable)
