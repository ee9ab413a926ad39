// Holds open.mjs to every row of tests/vectors/envelope.json, or of a file like it: opens the valid ones, refuses the invalid.
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { openText } from "./open.mjs";

const file = process.argv[2] ?? new URL("../vectors/envelope.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"));
const kinds = { string: 1, json: 2, bytes: 3 };
const bytes = (hex) => Buffer.from(hex, "hex");
const rowsOf = (section, account) => vectors[section].filter((row) => row.account === account && row.state !== "destroyed");

function open({ text, account, field }) {
  return openText(text, account, typeof field === "string" ? field : field.map(([text, times]) => text.repeat(times)).join(""), {
    accountKeys: rowsOf("account_keys", account).map((row) => bytes(row.account_key)),
    tokenRoot: rowsOf("token_roots", account).map((row) => bytes(row.token_root))[0],
    subjectKeys: Object.fromEntries(
      rowsOf("subjects", account).filter((row) => row.stored).map((row) => [row.record_id, bytes(row.subject_key)]),
    ),
  });
}

for (const row of vectors.valid) {
  const plain = row.kind === "bytes" ? bytes(row.plain_hex) : row.plain;
  assert.deepStrictEqual(open(row), [kinds[row.kind], plain], row.text);
}
for (const row of vectors.invalid) {
  let found;
  try {
    found = open(row);
  } catch (refusal) {
    // What is wrong with the reader, not with the text.
    if (refusal instanceof ReferenceError || (refusal instanceof TypeError && !refusal.code)) throw refusal;
  }
  assert.strictEqual(found, undefined, row.why);
}
console.log(`open.mjs opens ${vectors.valid.length} ciphertexts and refuses ${vectors.invalid.length}`);
