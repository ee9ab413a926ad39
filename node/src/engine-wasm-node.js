// The WebAssembly engine in Node, for tests and for systems without an addon: the module is read from its file.

import { readFileSync } from "node:fs";
import { initSync } from "../wasm/pumice_wasm.js";
import { attach } from "./engine-wasm-surface.js";

attach(initSync({ module: readFileSync(new URL("../wasm/pumice_wasm_bg.wasm", import.meta.url)) }));

export { RawRedactor, codes } from "../wasm/pumice_wasm.js";
export { RawScrubber } from "./engine-wasm-surface.js";
