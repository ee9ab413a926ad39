// Times them side by side: answers first, then all in turns, each one's best round. `--smoke` only checks the answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Scrubber } from "pumice";
import { RawScrubber } from "../src/engine-wasm-node.js";
import { SETS, onLines, onText } from "./contestants.js";

const SMOKE = process.argv.includes("--smoke");
const ROUNDS = SMOKE ? 0 : 120;
/** So few that most rounds are not interrupted. */
const MEASURED = 150;
/** As many lines as a producer may send at once. */
const BATCH = 1000;
const HOUSE = new URL("../../", import.meta.url);

/** The best round of each, in ns for one unit. */
function race(contestants, run, units) {
  const best = Object.fromEntries(Object.keys(contestants).map((name) => [name, Infinity]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of Object.entries(contestants)) {
      const start = process.hrtime.bigint();
      run(work);
      best[name] = Math.min(best[name], Number(process.hrtime.bigint() - start) / units);
    }
  }
  return best;
}

function print(title, best, base, goals = {}) {
  if (SMOKE) return;
  console.log(`\n${title}`);
  for (const [name, ns] of Object.entries(best)) {
    const goal = goals[name] === undefined ? "" : `   goal ${goals[name]}`;
    console.log(`  ${name.padEnd(36)} ${ns.toFixed(0).padStart(7)} ns   ${(ns / best[base]).toFixed(2).padStart(6)}${goal}`);
  }
}

for (const set of SETS) {
  const policy = JSON.stringify(set.policy);
  const native = new Scrubber(policy);
  const wasm = new RawScrubber(Buffer.from(policy), {});
  const all = readFileSync(new URL(`tests/data/${set.data}.ndjson`, HOUSE), "utf8").trimEnd().split("\n");

  const texts = onText(set, native, wasm);
  const parsed = (name, event) => JSON.parse(texts[name](event));
  // Odd values that a hand-written mask does not know are left to the tests.
  const events = all.filter((event) => {
    try {
      assert.deepEqual(parsed("pumice", event), parsed("JSON.parse, edits, JSON.stringify", event));
      return true;
    } catch {
      return false;
    }
  });
  assert.ok(events.length > 0.6 * all.length, `${events.length} of ${all.length}`);
  for (const event of events) {
    const due = parsed("pumice", event);
    assert.equal(texts["pumice, WebAssembly"](event), native.scrub(event));
    for (const name of ["fast-redact", "@pinojs/redact"]) assert.deepEqual(parsed(name, event), due, name);
    assert.equal(native.scrub(Buffer.from(event)).toString(), native.scrub(event));
    assert.deepEqual(native.scrub(JSON.parse(event)), due);
  }
  texts["JSON.parse alone"] = JSON.parse;
  const size = Math.round(Buffer.byteLength(events.join("")) / events.length);
  console.log(`${set.name}: ${events.length} of ${all.length} events of ${size} bytes, all answers equal`);

  const each = (values) => (work) => values.forEach(work);
  const batch = events.slice(0, BATCH);
  events.splice(MEASURED);
  const best = race(texts, each(events), events.length);
  print("string in, string out", best, "JSON.parse alone", { pumice: set.target });

  const buffers = events.map((event) => Buffer.from(event));
  const bytes = {
    "JSON.parse alone, of its text": (event) => JSON.parse(event.toString()),
    "pumice": (event) => native.scrub(event),
    "pumice, WebAssembly": (event) => wasm.callBytes("scrub", event),
    "JSON.parse, edits, JSON.stringify": (event) => Buffer.from(texts["JSON.parse, edits, JSON.stringify"](event.toString())),
    "fast-redact": (event) => Buffer.from(texts["fast-redact"](event.toString())),
    "@pinojs/redact": (event) => Buffer.from(texts["@pinojs/redact"](event.toString())),
  };
  print("Buffer in, Buffer out", race(bytes, each(buffers), events.length), "JSON.parse alone, of its text");

  const objects = events.map((event) => JSON.parse(event));
  const byObject = {
    "JSON.stringify, JSON.parse": (event) => JSON.parse(JSON.stringify(event)),
    "pumice": (event) => native.scrub(event),
    "structuredClone": (event) => structuredClone(event),
  };
  print("object in, object out", race(byObject, each(objects), events.length), "JSON.stringify, JSON.parse");

  const lines = onLines(set, native, wasm);
  const block = Buffer.from(`${batch.join("\n")}\n`);
  const values = (out) => Buffer.from(out).toString().trimEnd().split("\n").map((line) => JSON.parse(line));
  const due = values(lines.pumice(block));
  for (const [name, work] of Object.entries(lines)) assert.deepEqual(values(work(block)), due, name);
  const ndjson = race(lines, (work) => work(block), batch.length);
  print(`${batch.length} lines in one Buffer`, ndjson, "pumice", { "JSON.parse, edits, JSON.stringify": "at least 12" });
  if (!SMOKE) {
    const times = ndjson["JSON.parse, edits, JSON.stringify"] / ndjson["pumice, into the same memory"];
    console.log(`  by hand, over what goes into the same memory: ${times.toFixed(2)}`);
  }
}
