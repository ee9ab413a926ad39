// The engine whose module comes on its own: smaller to load, and compiled while it arrives. It is ready once `init` is.

import load from "../wasm/pumice_wasm.js";
import { attach } from "./engine-wasm-surface.js";

/**
 * Loads the module `pumice/pumice.wasm`.
 *
 * @param {string | URL | Response | BufferSource | WebAssembly.Module} source its address, an answer with it, its bytes, or it
 * @returns {Promise<void>}
 */
export async function init(source) {
  attach(await load({ module_or_path: source }));
}

export { RawRedactor, codes } from "../wasm/pumice_wasm.js";
export { RawScrubber } from "./engine-wasm-surface.js";
