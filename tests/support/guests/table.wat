  ;; Takes a table that is too large.
  (table $table 1 funcref)
  (func $attack (param i32 i32) (result i32)
    (drop (table.grow $table (ref.null func) (i32.const 100000000)))
    unreachable)
