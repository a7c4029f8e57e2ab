  ;; Computes past the deadline, and only then sends to the server whose authority
  ;; is the user's ID.
  (func $attack (param $authority i32) (param $length i32) (result i32)
    (local $left i64)
    (local.set $left (i64.const 500000000))
    (loop $again
      (local.set $left (i64.sub (local.get $left) (i64.const 1)))
      (br_if $again (i64.ne (local.get $left) (i64.const 0))))
    (drop (call $send (call $fields) (local.get $authority) (local.get $length)))
    (loop $wait (br $wait))
    unreachable)
