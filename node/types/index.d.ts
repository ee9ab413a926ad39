export { PumiceError, codes } from "./error.js";
export { Redactor, redact } from "./redactor.js";
export { Scrubber } from "./scrubber.js";
export { ScrubTransformStream } from "./stream-web.js";
export type Explanation = import("./scrubber.js").Explanation;
export type Report = import("./scrubber.js").Report;
export type RuleCounts = import("./scrubber.js").RuleCounts;
export type Whose = import("./scrubber.js").Whose;
export type ScrubberOptions = import("./supplies.js").ScrubberOptions;
/** @typedef {import("./scrubber.js").Explanation} Explanation */
/** @typedef {import("./scrubber.js").Report} Report */
/** @typedef {import("./scrubber.js").RuleCounts} RuleCounts */
/** @typedef {import("./scrubber.js").Whose} Whose */
/** @typedef {import("./supplies.js").ScrubberOptions} ScrubberOptions */
