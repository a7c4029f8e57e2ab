  ;; The same while it is instantiated.
  (func $start (loop $again (br $again)))
  (start $start)
  (func $attack (param i32 i32) (result i32) unreachable)
