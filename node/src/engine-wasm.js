// The engine of browsers, workers and bundlers: the module is in the script, and ready once that has been imported.

import { initSync } from "../wasm/pumice_wasm.js";
import inline from "../wasm/pumice_wasm_inline.js";
import { attach } from "./engine-wasm-surface.js";
import { inlined } from "./inflate.js";

attach(initSync({ module: inlined(inline) }));

export { RawRedactor, codes } from "../wasm/pumice_wasm.js";
export { RawScrubber } from "./engine-wasm-surface.js";
