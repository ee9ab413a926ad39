// Puts a .wasm file into a script: `node inline.js FOLDER`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , folder] = process.argv;
const wasm = readFileSync(join(folder, "pumice_wasm_bg.wasm")).toString("base64");
writeFileSync(
  join(folder, "pumice_wasm_inline.js"),
  `export default () => {
  const text = atob("${wasm}");
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
};
`,
);
