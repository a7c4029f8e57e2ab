  ;; Sends GET with a body to the server whose authority is the user's ID. Says that it
  ;; was denied, so that the host tells what it knows.
  (data (i32.const 1040) "GET /v1/sessions HTTP/1.1")
  (func $attack (param $authority i32) (param $length i32) (result i32)
    (local $request i32) (local $body i32) (local $stream i32) (local $future i32)
    (local.set $request
      (call $get_user (call $fields) (local.get $authority) (local.get $length)))
    (call $body (local.get $request) (i32.const 2048))
    (local.set $body (i32.load (i32.const 2052)))
    (call $write_to (local.get $body) (i32.const 2048))
    (local.set $stream (i32.load (i32.const 2052)))
    (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 2048))
    (local.set $future (i32.load (i32.const 2056)))
    (call $check_write (local.get $stream) (i32.const 2048))
    (call $write (local.get $stream) (i32.const 1040) (i32.const 25) (i32.const 2048))
    (call $drop_output (local.get $stream))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 2048))
    (call $block (call $subscribe (local.get $future)))
    (call $say_denied (i32.const 1040) (i32.const 25)))
