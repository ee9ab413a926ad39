// The package pumice in Node: the same, and a stream of Node's.

export * from "./index.js";
export { ScrubTransform } from "./stream-node.js";
