"""python stytch.py stytch.wasm retrieve-user '{"user_id":"ada.lovelace"}'"""

import json
import os
import sys

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

VARIABLES = {
    "project-id": "STYTCH_PROJECT_ID",
    "secret": "STYTCH_SECRET",
    "base-url": "STYTCH_BASE_URL",
}


def record(**fields):
    made = Record()
    vars(made).update(fields)
    return made


def request(query=None, limit=None, cursor=None):
    """Stytch's JSON is the contract's record, but for the names of enums and variants."""
    if query:
        operands = [
            Variant(operand["filter_name"].replace("_", "-"), operand["filter_value"])
            for operand in query["operands"]
        ]
        query = record(operator=query["operator"].lower(), operands=operands)
    return record(query=query, limit=limit, cursor=cursor)


def plain(value):
    return {"tag": value.tag, "val": value.payload} if isinstance(value, Variant) else vars(value)


file, operation, *given = sys.argv[1:]
given = json.loads(given[0]) if given else {}

config = Config()
config.consume_fuel = True
engine = Engine(config)

# All that exists for the component: HTTP, and three entries of configuration. The rest
# of WASI is empty: no files, sockets, arguments, environment or streams.
linker = Linker(engine)
linker.add_wasip2()
linker.add_wasi_http()
entries = [(key, os.environ.get(name, "")) for key, name in VARIABLES.items()]
with linker.root() as root, root.add_instance("wasi:config/store@0.2.0-rc.1") as store:
    store.add_func("get-all", lambda store: entries)

store = Store(engine)
store.set_wasi(WasiConfig())
store.set_wasi_http()
store.set_limits(memory_size=64 << 20)
store.set_fuel(10_000_000_000)
instance = linker.instantiate(store, Component.from_file(engine, file))


def call(interface, *arguments):
    export = instance.get_export_index(store, f"stytch:users/{interface}@0.1.0")
    function = instance.get_export_index(store, operation, export)
    return instance.get_func(store, function)(store, *arguments)


match operation:
    case "retrieve-user":
        outcome = call("users", given["user_id"])
    case "search-users":
        outcome = call("users", request(**given))
    case "check":
        outcome = call("credential")
# An error is a variant, such as Variant("rate-limited", record(status=429, …)).
print(json.dumps({"err" if isinstance(outcome, Variant) else "ok": outcome}, default=plain))
