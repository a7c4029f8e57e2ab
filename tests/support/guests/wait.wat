  ;; Sends to the server whose authority is the user's ID, and waits for ever.
  (func $attack (param $authority i32) (param $length i32) (result i32)
    (call $block (call $subscribe
      (call $send (call $fields) (local.get $authority) (local.get $length))))
    (loop $wait (br $wait))
    unreachable)
