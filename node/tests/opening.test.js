// Opens the ciphertexts and tokens of the shared vectors, one at a time and all at once; and policies that are refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PumiceError, Scrubber } from "pumice";
import { data, keys, numbered, rows, sections, spelled } from "./vectors.js";

const NO_FIELDS = { pumice: 1, fields: {} };

const plain = (row) => (row.kind === "bytes" ? new Uint8Array(Buffer.from(row.plain_hex, "hex")) : row.kind === "string" ? row.plain : JSON.parse(row.plain));

/** What is due of a row, one at a time and in bulk. */
function check(row, one, came) {
  if ("code" in row) {
    assert.ok(came instanceof PumiceError);
    assert.equal(came.code, row.code);
    assert.throws(one, { code: row.code });
  } else {
    assert.deepEqual(came, plain(row));
    assert.deepEqual(one(), plain(row));
  }
}

test("envelopes", () => {
  const scrubber = new Scrubber(NO_FIELDS, keys());
  const { valid, invalid } = sections("envelope");
  const groups = grouped([...valid, ...invalid]);
  for (const rows of Object.values(groups)) {
    const [account, field] = [rows[0].account, data(rows[0], "field").toString()];
    const opened = scrubber.decryptBulk(rows.map((row) => row.text), account, field);
    rows.forEach((row, at) => check(row, () => scrubber.decrypt(row.text, account, field), opened[at]));
  }
  assert.ok(valid.length > 20 && invalid.length > 20);
});

function grouped(rows) {
  const groups = {};
  for (const row of rows) (groups[JSON.stringify([row.account, row.field])] ??= []).push(row);
  return groups;
}

test("tokens", () => {
  const scrubber = new Scrubber(NO_FIELDS, keys());
  const { valid, invalid } = sections("token");
  const rows = [...valid, ...invalid];
  const opened = scrubber.detokenizeBulk(rows.map((row) => row.token));
  rows.forEach((row, at) => check(row, () => scrubber.detokenize(row.token), opened[at]));
  assert.ok(valid.length > 10 && invalid.length > 10);
});

for (const { section, at, row } of rows("policy_invalid", numbered)) {
  test(`policy_invalid ${section} ${at}`, () => {
    const isText = typeof row.policy === "string" || "policy_base64" in row;
    const policy = isText ? data(row, "policy") : spelled(row.policy);
    const { store, ...withoutStore } = row.keys === undefined ? {} : keys();
    const given = row.keys === "with_store" ? { ...withoutStore, store } : { ...withoutStore, records: undefined };
    const due = { name: "PumiceError", code: row.code, ...("at" in row ? { at: JSON.parse(spelled(row.at)) } : {}) };
    assert.throws(() => new Scrubber(policy, given), due);
  });
}
