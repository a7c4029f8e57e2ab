  ;; Its result is a text that is no UTF-8.
  (func $attack (param i32 i32) (result i32)
    (i32.store (i32.const 1024) (i32.const 0xffffffff))
    (call $say (i32.const 1024) (i32.const 4)))
