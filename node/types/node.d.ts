export * from "./index.js";
export { ScrubTransform } from "./stream-node.js";
