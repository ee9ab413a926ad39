// The engine of browsers, workers and bundlers: the module is in the script, and ready once that has been imported.

import { initSync } from "../wasm/pumice_wasm.js";
import inline from "../wasm/pumice_wasm_inline.js";
import { attach } from "./engine-wasm-surface.js";
import { inflate } from "./inflate.js";

const [base64, length] = inline;
const text = atob(base64);
const data = new Uint8Array(text.length);
for (let at = 0; at < data.length; at += 1) data[at] = text.charCodeAt(at);

attach(initSync({ module: inflate(data, length) }));

export { RawRedactor, codes } from "../wasm/pumice_wasm.js";
export { RawScrubber } from "./engine-wasm-surface.js";
