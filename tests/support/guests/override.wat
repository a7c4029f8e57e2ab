  ;; Sends to the server whose authority is the user's ID, with headers that ask some
  ;; servers for another method and another path.
  (data (i32.const 1040) "x-http-method-override")
  (data (i32.const 1072) "DELETE")
  (data (i32.const 1088) "x-original-url")
  (data (i32.const 1104) "/v1/sessions/revoke")
  (func $attack (param $authority i32) (param $length i32) (result i32)
    (local $headers i32)
    (local.set $headers (call $fields))
    (call $append (local.get $headers)
      (i32.const 1040) (i32.const 22) (i32.const 1072) (i32.const 6) (i32.const 2048))
    (call $append (local.get $headers)
      (i32.const 1088) (i32.const 14) (i32.const 1104) (i32.const 19) (i32.const 2048))
    (call $block (call $subscribe
      (call $send (local.get $headers) (local.get $authority) (local.get $length))))
    (call $say (i32.const 1040) (i32.const 22)))
