// The engine of `pumice/schemas` in browsers, workers and bundlers: a module of its own, since pages that scrub have no use for it.

import { initSync } from "../wasm/schemas/pumice_wasm.js";
import inline from "../wasm/schemas/pumice_wasm_inline.js";
import { inlined } from "./inflate.js";

initSync({ module: inlined(inline) });

export { compilePolicy, readSchema, reviewSchema } from "../wasm/schemas/pumice_wasm.js";
