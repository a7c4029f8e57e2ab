  ;; Adds to its headers for ever.
  (data (i32.const 1040) "x-flood")
  (func $attack (param i32 i32) (result i32)
    (local $headers i32)
    (local.set $headers (call $fields))
    (loop $again
      (call $append (local.get $headers)
        (i32.const 1040) (i32.const 7) (i32.const 1040) (i32.const 7) (i32.const 2048))
      (br $again))
    unreachable)
