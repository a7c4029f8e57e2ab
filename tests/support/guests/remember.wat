  ;; Says the number of its calls, as the status of an answer that there is no such
  ;; user; for an ID of one character, as an error of its own.
  (global $calls (mut i32) (i32.const 0))
  (func $attack (param i32) (param $length i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.eq (local.get $length) (i32.const 1))
      (then (return (call $say (i32.const 1024) (i32.const 1)))))
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store8 (i32.const 8) (i32.const 3))
    (i32.store16 (i32.const 16) (global.get $calls))
    (i32.const 0))
