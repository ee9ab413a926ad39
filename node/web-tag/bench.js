// The WebAssembly module in Chromium beside the addon in Node: `node bench.js [--smoke]`. Answers are checked first.
//
// Both do the same in turns, and the best round of each counts. Prints nanoseconds for an event, and the ratio.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Scrubber } from "../src/node.js";
import { HOUSE, launch, serve } from "./tests/site.js";

const smoke = process.argv.includes("--smoke");
const ROUNDS = smoke ? 1 : 7;
const MILLISECONDS = smoke ? 1 : 150;

/** Runs in either. For each way the nanoseconds of an event, or its answer if there is no time. */
async function run({ Scrubber, policy, text, milliseconds }) {
  const scrubber = new Scrubber(policy);
  // Each a string of its own, as events are, and no window on a longer one.
  const lines = text.split("\n").filter(Boolean).map((line) => JSON.parse(JSON.stringify(line)));
  const [bytes, each] = [new TextEncoder().encode(text), lines.map((line) => new TextEncoder().encode(line))];
  const decoder = new TextDecoder();
  const ways = {
    string: [lines.length, () => lines.map((line) => scrubber.scrub(line)).join("\n")],
    bytes: [lines.length, () => each.map((line) => scrubber.scrub(line)).map((line) => decoder.decode(line)).join("\n")],
    ndjson: [lines.length, () => decoder.decode(scrubber.scrubNdjson(bytes)).trimEnd()],
  };
  const timed = {
    string: () => { for (const line of lines) scrubber.scrub(line); },
    bytes: () => { for (const line of each) scrubber.scrub(line); },
    ndjson: () => scrubber.scrubNdjson(bytes),
  };
  if (milliseconds === 0) return Object.fromEntries(Object.entries(ways).map(([way, [, work]]) => [way, work()]));
  const result = {};
  for (const [way, work] of Object.entries(timed)) {
    work();
    let [rounds, start, now] = [0, performance.now(), 0];
    do {
      work();
      rounds += 1;
      now = performance.now();
    } while (now - start < milliseconds);
    result[way] = ((now - start) * 1e6) / rounds / lines.length;
  }
  return result;
}

const site = await serve({ "/": { html: "<!doctype html><title>bench</title>" } });
const browser = await launch();
const tab = await browser.newPage();
await tab.goto(site.url);
await tab.addScriptTag({ type: "module", content: `import { Scrubber } from "/node/dist/pumice.js"; window.Scrubber = Scrubber; window.run = ${run};` });
await tab.waitForFunction(() => window.run !== undefined);
const inChromium = (given) => tab.evaluate((given) => run({ Scrubber, ...given }), given);
const inNode = (given) => run({ Scrubber, ...given });

for (const name of ["messaging", "web"]) {
  const read = (suffix) => readFileSync(join(HOUSE, `tests/data/${name}.${suffix}`), "utf8");
  const policy = JSON.parse(read("policy.json"));
  // The page would have to load a database: the addresses are masked alone.
  for (const rule of Object.values(policy.fields)) delete rule.geo;
  const text = read("ndjson").split("\n").slice(0, 1000).join("\n");
  const given = { policy, text, milliseconds: 0 };
  const [native, wasm] = [await inNode(given), await inChromium(given)];
  assert.deepEqual(wasm, native);
  assert.equal(new Set(Object.values(native)).size, 1);
  assert.notEqual(native.string, text);
  const best = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [who, work] of Object.entries({ native: inNode, wasm: inChromium })) {
      for (const [way, time] of Object.entries(await work({ policy, text, milliseconds: MILLISECONDS }))) {
        const key = `${who} ${way}`;
        best[key] = Math.min(best[key] ?? Infinity, time);
      }
    }
  }
  if (smoke) continue;
  for (const way of ["string", "bytes", "ndjson"]) {
    const [native, wasm] = [best[`native ${way}`], best[`wasm ${way}`]];
    console.log(`${name.padEnd(10)} ${way.padEnd(7)} addon in Node ${native.toFixed(0).padStart(6)} ns, module in Chromium ${wasm.toFixed(0).padStart(6)} ns: ${(wasm / native).toFixed(2)} times`);
  }
}
if (smoke) console.log("answers equal");
await browser.close();
site.close();
