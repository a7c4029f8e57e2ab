  ;; What guests need: all of the host that they use, a memory, an allocator that
  ;; takes nothing back, and the exports of the contract. `$attack` is the guest's
  ;; own; its parameters are the user's ID.
  (import "wasi:config/store@0.2.0-rc.1" "get-all" (func $get_all (param i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read"
    (func $read (param i32 i64 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.append"
    (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.entries" (func $entries (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-request"
    (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-scheme"
    (func $set_scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-authority"
    (func $set_authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-path-with-query"
    (func $set_path (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.body"
    (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write"
    (func $write_to (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish"
    (func $finish (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.check-write"
    (func $check_write (param i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.write"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream"
    (func $drop_output (param i32)))
  (import "wasi:http/outgoing-handler@0.2.0" "handle"
    (func $handle (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]future-incoming-response.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]future-incoming-response.get"
    (func $get (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-response.headers"
    (func $headers (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-response.consume"
    (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-body.stream"
    (func $stream (param i32 i32)))

  ;; 0: the result. 1024: texts. 2048: what the host returns. 65536: what is
  ;; allocated.
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 65536))
  (func (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $block i32)
    (local.set $block (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $block) (local.get $size)))
    (loop $grow
      (if (i32.gt_u (global.get $next) (i32.shl (memory.size) (i32.const 16)))
        (then (drop (memory.grow (i32.const 1))) (br $grow))))
    (local.get $block))

  ;; The error `malformed-response` with this text.
  (func $say (param $text i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store8 (i32.const 8) (i32.const 8))
    (i32.store (i32.const 16) (local.get $text))
    (i32.store (i32.const 20) (local.get $length))
    (i32.const 0))

  ;; The error `unreachable`, because of `denied`, with this text.
  (func $say_denied (param $text i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store8 (i32.const 8) (i32.const 7))
    (i32.store8 (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (local.get $text))
    (i32.store (i32.const 24) (local.get $length))
    (i32.const 0))

  ;; GET http://AUTHORITY/v1/users/x
  (data (i32.const 1024) "/v1/users/x")
  (func $get_user (param $headers i32) (param $authority i32) (param $length i32) (result i32)
    (local $request i32)
    (local.set $request (call $request (local.get $headers)))
    (drop (call $set_scheme (local.get $request)
      (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $set_authority (local.get $request)
      (i32.const 1) (local.get $authority) (local.get $length)))
    (drop (call $set_path (local.get $request)
      (i32.const 1) (i32.const 1024) (i32.const 11)))
    (local.get $request))

  ;; Sends it; the future answer is what this returns.
  (func $send (param $headers i32) (param $authority i32) (param $length i32) (result i32)
    (call $handle
      (call $get_user (local.get $headers) (local.get $authority) (local.get $length))
      (i32.const 0) (i32.const 0) (i32.const 2048))
    (i32.load (i32.const 2056)))

  (func (export "stytch:users/users@0.1.0#retrieve-user") (param i32 i32) (result i32)
    (call $attack (local.get 0) (local.get 1)))
  (func (export "stytch:users/users@0.1.0#search-users")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    unreachable)
  (func (export "stytch:users/credential@0.1.0#check") (result i32)
    unreachable)
