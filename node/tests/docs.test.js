// Runs every example of README.md: `expression; // value` must have that value.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as pumice from "pumice";
import * as schemas from "pumice/schemas";
import { FACE, HOUSE, sections } from "./vectors.js";

const README = readFileSync(`${HOUSE}node/README.md`, "utf8");
const EXAMPLES = [...README.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

/** The example as a module that fails where a value is not as it says. */
function module(code) {
  const checked = code.replace(/^( *)(\S.*); \/\/ (.+)$/gm, "$1assert.deepEqual($2, $3);");
  assert.ok(checked.includes("assert.deepEqual"), code);
  const entries = checked.replace(/(?<=from )"(pumice.*)"/g, (_, name) => JSON.stringify(import.meta.resolve(name)));
  return `import assert from "node:assert/strict";\n${entries}`;
}

/** A folder with what the examples read. */
function folder() {
  const path = mkdtempSync(join(tmpdir(), "pumice-"));
  const [keyring] = sections("token").keyring;
  writeFileSync(join(path, "keyring.json"), keyring.document);
  writeFileSync(join(path, "root.key"), `${Buffer.from(keyring.root, "hex").toString("base64url")}\n`);
  copyFileSync(`${HOUSE}tests/data/messaging.ndjson`, join(path, "messaging.ndjson"));
  return path;
}

EXAMPLES.forEach((code, at) => {
  const needsFiles = code.includes("subjects.redb") && FACE === "wasm";
  test(`example ${at}`, { skip: needsFiles && "WebAssembly has no files" }, () => {
    const path = folder();
    writeFileSync(join(path, "example.mjs"), module(code));
    const flags = process.execArgv.filter((flag) => flag.startsWith("--conditions"));
    const { status, stderr } = spawnSync(process.execPath, [...flags, "example.mjs"], { cwd: path, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});

test("there are examples, and every name of the package is in README.md", () => {
  assert.ok(EXAMPLES.length >= 4);
  assert.deepEqual(Object.keys({ ...pumice, ...schemas }).filter((name) => !README.includes(name)), []);
});

test("it can be required", { skip: process.features.require_module ? false : "this Node cannot require modules" }, () => {
  const code = `const { Scrubber } = require("pumice"); new Scrubber({ pumice: 1, fields: {} }).scrub("{}")`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=commonjs", "--eval", code], { cwd: `${HOUSE}node`, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
