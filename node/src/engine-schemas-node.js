// The WebAssembly engine of `pumice/schemas` in Node: the module is read from its file.

import { readFileSync } from "node:fs";
import { initSync } from "../wasm/schemas/pumice_wasm.js";

initSync({ module: readFileSync(new URL("../wasm/schemas/pumice_wasm_bg.wasm", import.meta.url)) });

export { compilePolicy, readSchema, reviewSchema } from "../wasm/schemas/pumice_wasm.js";
