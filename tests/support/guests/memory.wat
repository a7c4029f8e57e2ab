  ;; Takes memory and touches all of it.
  (func $attack (param i32 i32) (result i32)
    (local $block i32)
    (loop $again
      (local.set $block (memory.grow (i32.const 16)))
      (memory.fill (i32.shl (local.get $block) (i32.const 16)) (i32.const 1) (i32.const 1048576))
      (br $again))
    unreachable)
