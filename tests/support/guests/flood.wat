  ;; Sends to the server whose authority is the user's ID, again and again, and
  ;; waits for no answer.
  (func $attack (param $authority i32) (param $length i32) (result i32)
    (loop $again
      (drop (call $send (call $fields) (local.get $authority) (local.get $length)))
      (br $again))
    unreachable)
