// Puts a .wasm file into a script, compressed: `node inline.js FOLDER`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { inflate } from "../../node/src/inflate.js";

const [, , folder] = process.argv;
const wasm = readFileSync(join(folder, "pumice_wasm_bg.wasm"));
const data = deflateRawSync(wasm, { level: 9 });
if (!wasm.equals(inflate(data, wasm.length))) throw new Error("it does not come back as it was");
writeFileSync(join(folder, "pumice_wasm_inline.js"), `export default ["${data.toString("base64")}", ${wasm.length}];\n`);
