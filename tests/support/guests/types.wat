(module
  (func (export "stytch:users/users@0.1.0#retrieve-user") (param i32) (result i32)
    (local.get 0))
  (func (export "stytch:users/users@0.1.0#search-users"))
  (func (export "stytch:users/credential@0.1.0#check")))
