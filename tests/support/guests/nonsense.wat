  ;; Its result is outside of its memory.
  (func $attack (param i32 i32) (result i32)
    (i32.const 0x7ffffff0))
