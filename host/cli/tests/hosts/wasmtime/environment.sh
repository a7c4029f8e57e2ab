# sh environment.sh stytch-environment.wasm 'retrieve-user("ada.lovelace")'
exec wasmtime run \
    -S http \
    --env STYTCH_PROJECT_ID --env STYTCH_SECRET --env STYTCH_BASE_URL \
    -W timeout=60s,max-memory-size=67108864 \
    --invoke "$2" "$1"
