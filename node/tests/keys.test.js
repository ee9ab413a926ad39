// Keys: there and back, forgetting, records, threads; and what does not go together.

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { PumiceError, Scrubber } from "pumice";
import { FACE, keys } from "./vectors.js";

const ACCOUNT = "AC5f1e09c2";
const FIELDS = { body: { type: "text", action: "encrypt" }, email: { type: "email", action: "tokenize" } };
const POLICY = { pumice: 1, account: "account", subject: "user", fields: FIELDS };
const EVENT = { account: ACCOUNT, user: "u-1", body: "See you", email: "john@gmail.com" };

const code = (work) => {
  let came;
  assert.throws(work, (error) => {
    assert.ok(error instanceof PumiceError);
    assert.ok(!Object.values(EVENT).some((value) => error.message.includes(value)));
    came = error.code;
    return true;
  });
  return came;
};

test("there and back", () => {
  const scrubber = new Scrubber(POLICY, keys());
  const out = scrubber.scrub(EVENT);
  assert.match(out.body, /^pum1/);
  assert.match(out.email, /^ptk1/);
  assert.deepEqual(scrubber.detokenizeEvent(scrubber.decryptEvent(out)), EVENT);
  assert.equal(scrubber.decryptEvent(JSON.stringify(out)), JSON.stringify({ ...out, body: "See you" }));
  assert.equal(scrubber.decrypt(out.body, ACCOUNT, "body"), "See you");
  assert.equal(scrubber.detokenize(out.email), "john@gmail.com");
  assert.equal(code(() => scrubber.decrypt(out.body, ACCOUNT, "email")), "authentication_failed");
  const [first, refused, last] = scrubber.detokenizeBulk([out.email, "x", out.email]);
  assert.deepEqual([first, refused.code, last], ["john@gmail.com", "not_ours", "john@gmail.com"]);
  assert.equal(code(() => scrubber.detokenize("\ud800")), "invalid_utf8");
  assert.throws(() => scrubber.detokenize(1), TypeError);
  assert.throws(() => scrubber.decryptBulk(out.body, ACCOUNT, "body"), TypeError);
  const lines = Buffer.from(`${JSON.stringify(EVENT)}\n`);
  assert.deepEqual(scrubber.detokenizeNdjson(scrubber.decryptNdjson(scrubber.scrubNdjson(lines))), lines);
  scrubber.close();
});

test("an event that grows", () => {
  const scrubber = new Scrubber(POLICY, keys());
  for (const length of [0, 1, 60, 5000, 100_000]) {
    const event = Buffer.from(JSON.stringify({ ...EVENT, body: "é".repeat(length) }));
    assert.deepEqual(scrubber.detokenizeEvent(scrubber.decryptEvent(scrubber.scrub(event))), event);
  }
  scrubber.close();
});

test("forgetting", () => {
  const given = keys();
  const scrubber = new Scrubber(POLICY, given);
  const out = scrubber.scrub(EVENT);
  assert.deepEqual([scrubber.forget(ACCOUNT, "u-1"), scrubber.forget(ACCOUNT, "u-1")], [1, 0]);
  assert.equal(code(() => scrubber.detokenize(out.email)), "forgotten");
  assert.equal(scrubber.decryptEvent(out).body, "See you");
  const keyring = scrubber.forgetAccount(ACCOUNT);
  assert.deepEqual(keyring, scrubber.keyring());
  assert.notDeepEqual(Buffer.from(keyring), given.keyring);
  assert.equal(code(() => scrubber.decryptEvent(out)), "key_destroyed");
  scrubber.close();
  const reopened = new Scrubber(POLICY, { ...given, keyring });
  assert.equal(code(() => reopened.scrub(EVENT)), "key_destroyed");
  reopened.close();
});

test("whose", () => {
  const policy = { pumice: 1, fields: FIELDS };
  const { store, ...withoutStore } = { ...keys(), records: undefined };
  const memory = { ...withoutStore, store: "memory" };
  assert.equal(code(() => new Scrubber(policy, memory)), "needs_account");
  const given = new Scrubber(policy, { ...memory, account: ACCOUNT, subject: "u-1" });
  const byCall = new Scrubber(policy, { ...memory, ownerByCall: true, records: given.records() });
  const whose = { account: ACCOUNT, subject: "u-1" };
  const { email } = byCall.scrub(EVENT, whose);
  assert.equal(byCall.scrub(JSON.stringify(EVENT), whose).includes(email), true);
  assert.equal(byCall.scrub(Buffer.from(JSON.stringify(EVENT)), whose).includes(email), true);
  assert.equal(byCall.scrubNdjson(Buffer.from(JSON.stringify(EVENT)), whose).includes(email), true);
  assert.equal(code(() => byCall.scrub(EVENT, { account: ACCOUNT })), "no_subject");
  assert.equal(code(() => byCall.scrub(EVENT)), "no_account");
});

test("a store in memory lives on in its records", () => {
  const memory = { ...keys(), store: "memory", records: undefined };
  const first = new Scrubber(POLICY, memory);
  const out = first.scrub(EVENT);
  const records = first.records();
  assert.equal(records.length, 81);
  const second = new Scrubber(POLICY, { ...memory, records });
  assert.equal(second.detokenize(out.email), "john@gmail.com");
  assert.equal(second.scrub(EVENT).email, out.email);
  assert.equal(code(() => new Scrubber(POLICY, memory).detokenize(out.email)), "forgotten");
  assert.equal(code(() => new Scrubber(POLICY, { ...memory, records: records.subarray(1) })), "store_damaged");
  assert.equal(code(() => new Scrubber({ pumice: 1, fields: {} }).records()), "needs_store");
});

test("roots and stores", () => {
  const { keyring, rootKey } = keys();
  const asText = rootKey.toString("base64url");
  new Scrubber(POLICY, { keyring, rootKey: asText, store: "memory" }).scrub(EVENT);
  assert.equal(code(() => new Scrubber(POLICY, { keyring, rootKey })), "needs_store");
  assert.equal(code(() => new Scrubber(POLICY, { keyring, rootKey: Buffer.alloc(32, 1), store: "memory" })), "wrong_root");
  assert.equal(code(() => new Scrubber(POLICY, { keyring, rootKey: Buffer.alloc(31, 1), store: "memory" })), "invalid_root");
  assert.equal(code(() => new Scrubber(POLICY, { keyring, passphrase: "guess", store: "memory" })), "wrong_root");
  assert.equal(code(() => new Scrubber(POLICY, { keyring: Buffer.from("{}"), rootKey, store: "memory" })), "keyring_invalid");
  assert.equal(code(() => new Scrubber(POLICY)), "needs_keys");
  assert.equal(code(() => new Scrubber({ pumice: 1, fields: {} }).forget(ACCOUNT, "u-1")), "needs_keys");
  assert.throws(() => new Scrubber(POLICY, { keyring, rootKey, passphrase: "x" }), /one too many/);
});

test("a store in a file", { skip: FACE === "wasm" && "WebAssembly has no files" }, () => {
  const given = keys();
  const held = new Scrubber(POLICY, given);
  const { email } = held.scrub(EVENT);
  assert.equal(code(() => new Scrubber(POLICY, given)), "store_locked");
  assert.equal(code(() => held.records()), "needs_store");
  held.close();
  const again = new Scrubber(POLICY, given);
  assert.equal(again.detokenize(email), "john@gmail.com");
  again.close();
  assert.equal(code(() => new Scrubber(POLICY, { ...given, store: join(mkdtempSync(join(tmpdir(), "pumice-")), "no/such/place") })), "store_failed");
});

test("a store in a directory, which many share", { skip: FACE === "wasm" && "WebAssembly has no files" }, () => {
  const given = { ...keys(), store: `${join(mkdtempSync(join(tmpdir(), "pumice-")), "subjects")}/` };
  const [first, second] = [new Scrubber(POLICY, given), new Scrubber(POLICY, given)];
  const { email } = first.scrub(EVENT);
  assert.equal(second.scrub(EVENT).email, email);
  assert.equal(second.detokenize(email), "john@gmail.com");
  second.forget(ACCOUNT, "u-1");
  first.close();
  assert.equal(code(() => new Scrubber(POLICY, given).detokenize(email)), "forgotten");
});

test("each thread has its own", async () => {
  const { keyring, rootKey } = keys();
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    import { Scrubber } from "pumice";
    const { policy, options, event } = workerData;
    const scrubber = new Scrubber(policy, options);
    const outs = Array.from({ length: 500 }, () => scrubber.scrub(event));
    parentPort.postMessage({ outs, events: scrubber.report().events });
  `;
  const policy = { pumice: 1, account: "account", fields: { body: FIELDS.body } };
  const worker = () =>
    new Promise((resolve, reject) => {
      const data = { policy, options: { keyring, rootKey }, event: EVENT };
      const url = new URL(`data:text/javascript,${encodeURIComponent(source.replace('"pumice"', JSON.stringify(import.meta.resolve("pumice"))))}`);
      new Worker(url, { workerData: data, execArgv: process.execArgv.filter((flag) => flag.startsWith("--conditions")) })
        .once("message", resolve)
        .once("error", reject);
    });
  const all = await Promise.all([worker(), worker(), worker()]);
  assert.deepEqual(all.map(({ events }) => events), [500, 500, 500]);
  const sealed = new Set(all.flatMap(({ outs }) => outs.map((out) => out.body)));
  assert.equal(sealed.size, 1500);
  const opener = new Scrubber(policy, { keyring, rootKey });
  assert.ok(opener.decryptBulk([...sealed], ACCOUNT, "body").every((body) => body === "See you"));
});
