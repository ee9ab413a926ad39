// The package pumice: scrubs personal data out of events before they leave the producer.

export { PumiceError, codes } from "./error.js";
export { Redactor, redact } from "./redactor.js";
export { Scrubber } from "./scrubber.js";
export { ScrubTransformStream } from "./stream-web.js";

/** @typedef {import("./scrubber.js").Explanation} Explanation */
/** @typedef {import("./scrubber.js").Report} Report */
/** @typedef {import("./scrubber.js").RuleCounts} RuleCounts */
/** @typedef {import("./scrubber.js").Whose} Whose */
/** @typedef {import("./supplies.js").ScrubberOptions} ScrubberOptions */
