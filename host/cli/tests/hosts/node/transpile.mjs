// stytch.wasm → component/stytch.js, with host.mjs for two of its imports. The same as
//   npx jco transpile stytch.wasm -o component --map wasi:config/store@0.2.0-rc.1=../host.mjs …
import { transpile, writeFiles } from "@bytecodealliance/jco-transpile";

const { files } = await transpile("stytch.wasm", {
  name: "stytch",
  outDir: "component",
  map: {
    "wasi:config/store@0.2.0-rc.1": "../host.mjs",
    "wasi:http/outgoing-handler@0.2.0": "../host.mjs",
  },
  noComponentErrorWrapping: false,
});
await writeFiles(files);
