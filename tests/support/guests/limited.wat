  ;; Says that there were too many requests and to wait for an hour, without having
  ;; sent any; for an ID of more than one character it says something else.
  (func $attack (param i32) (param $length i32) (result i32)
    (if (i32.ne (local.get $length) (i32.const 1))
      (then (return (call $say (i32.const 1024) (i32.const 1)))))
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store8 (i32.const 8) (i32.const 5))
    (i32.store16 (i32.const 16) (i32.const 429))
    (i32.store8 (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (i64.const 3600000))
    (i32.const 0))
