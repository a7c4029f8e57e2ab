# sh config.sh stytch.wasm 'retrieve-user("ada.lovelace")'
exec wasmtime run \
    -S http,config \
    -S config-var="project-id=$STYTCH_PROJECT_ID" \
    -S config-var="secret=$STYTCH_SECRET" \
    -S config-var="base-url=$STYTCH_BASE_URL" \
    -W timeout=60s,max-memory-size=67108864 \
    --invoke "$2" "$1"
