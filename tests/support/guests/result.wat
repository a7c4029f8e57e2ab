  ;; Its result is a text of 200 MiB.
  (func $attack (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 3200)))
    (call $say (i32.const 65536) (i32.const 209715200)))
