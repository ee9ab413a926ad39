// The shared vectors as JavaScript's values; knows no test.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const HOUSE = fileURLToPath(new URL("../../", import.meta.url));
export const FACE = process.execArgv.includes("--conditions=pumice-wasm") ? "wasm" : "native";

/** The value of JSON text; with `{number: "…"}` for numbers, which keep their spelling. */
export const numbered = (text) => JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (found) => (found[0] === '"' ? found : `{"number":"${found}"}`)));

/** The JSON text of such a value. */
export const spelled = (value) => JSON.stringify(value).replace(/\{"number":"([^"]*)"\}/g, "$1");

export const sections = (name, parse = JSON.parse) => parse(readFileSync(`${HOUSE}tests/vectors/${name}.json`, "utf8"));

/** Each row, with the name of its section and its place there. */
export function rows(name, parse) {
  const found = Object.entries(sections(name, parse)).filter(([section]) => section !== "about");
  return found.flatMap(([section, rows]) => rows.map((row, at) => ({ section, at, row })));
}

/** Bytes of a row: a text, one in parts (each a text or [text, times]), or base64. */
export function data(row, member) {
  if (`${member}_base64` in row) return Buffer.from(row[`${member}_base64`], "base64");
  const parts = [row[member] ?? ""].flat(typeof row[member] === "string" ? 0 : 1);
  return Buffer.from(parts.map((part) => (typeof part === "string" ? part : part[0].repeat(part[1]))).join(""));
}

let made;

/** What a scrubber is given to have the keys of the vectors: one keyring for all files, and a store for each who asks. */
export function keys() {
  const [keyring] = sections("token").keyring;
  const given = { keyring: Buffer.from(keyring.document), rootKey: Buffer.from(keyring.root, "hex") };
  if (FACE === "wasm") return { ...given, store: "memory", records: records() };
  if (made === undefined) {
    made = join(mkdtempSync(join(tmpdir(), "pumice-")), "subjects.redb");
    const target = process.env.CARGO_TARGET_DIR ?? `${HOUSE}target`;
    execFileSync(`${target}/debug/examples/vectors-store`, ["token", made]);
  }
  const store = join(mkdtempSync(join(tmpdir(), "pumice-")), "subjects.redb");
  copyFileSync(made, store);
  return { ...given, store };
}

/** The records of the vectors' subjects, as a memory store takes them. */
export function records() {
  const stored = sections("token").subjects.filter((row) => row.stored);
  return Buffer.concat(stored.flatMap((row) => [row.record_key, row.record_id, row.wrapped].map((hex) => Buffer.from(hex, "hex"))));
}
