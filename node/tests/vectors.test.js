// Runs the shared vectors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PumiceError, Redactor, Scrubber } from "pumice";
import { compilePolicy, readSchema, reviewSchema } from "pumice/schemas";
import { HOUSE, data, keys, numbered, rows, sections, spelled } from "./vectors.js";

const outcome = (error) => {
  if (!(error instanceof PumiceError)) throw error;
  return Object.fromEntries(Object.entries({ error: error.code, at: error.at, line: error.line }).filter(([, value]) => value !== null));
};
const due = (row) => Object.fromEntries(["error", "at", "line"].filter((name) => name in row).map((name) => [name, row[name]]));

for (const { section, at, row } of [...rows("redact", numbered), ...rows("geo", numbered)]) {
  test(`redact ${section} ${at}`, () => {
    const databases = "db" in row ? { geo: readFileSync(`${HOUSE}tests/data/geo/${row.db}`) } : {};
    const [options, value] = [JSON.parse(spelled(row.options ?? {})), spelled(row.in)];
    const policy = { pumice: 1, fields: { v: { type: section, on_invalid: "fail", ...options } } };
    const work = () => numbered(new Scrubber(policy, databases).scrub(`{"v":${value}}`)).v;
    const redact = () => new Redactor(section, options, databases).redact(JSON.parse(value));
    // What JavaScript's numbers cannot spell goes only as text.
    const isSpelled = JSON.stringify(JSON.parse(value)) === value;
    if (row.invalid) return [work, ...(isSpelled ? [redact] : [])].forEach((work) => assert.throws(work, { code: "invalid_value" }));
    assert.deepEqual(work(), row.out);
    if (isSpelled) assert.deepEqual(redact(), JSON.parse(spelled(row.out)));
  });
}

for (const { section, at, row } of rows("events")) {
  test(`events ${section} ${at}`, () => {
    const [event, out, rejects] = ["in", "out", "rejects"].map((member) => data(row, member));
    const scrubber = new Scrubber(row.policy, { maxEventBytes: row.max_event_bytes });
    const work = () => {
      if (row.ndjson && row.on_error === "reject") {
        const came = scrubber.scrubNdjson(event, { onError: "reject" });
        return assert.deepEqual([came.scrubbed, came.rejects], [out, rejects]);
      }
      if (row.ndjson) return assert.deepEqual(scrubber.scrubNdjson(event), out);
      assert.deepEqual(scrubber.scrub(event), out);
      assert.equal(scrubber.scrub(event.toString()), out.toString());
    };
    "error" in row ? assert.throws(work, (error) => (assert.deepEqual(outcome(error), due(row)), true)) : work();
  });
}

for (const { section, at, row } of rows("sealed")) {
  test(`sealed ${section} ${at}`, () => {
    const scrubber = new Scrubber(row.policy, { ...keys(), account: row.account, subject: row.subject, ownerByCall: "by_call" in row });
    const method = "aim" in row ? `${row.aim}Event` : "scrub";
    const work = () => scrubber[method](row.in, row.by_call);
    if ("error" in row) return assert.throws(work, (error) => (assert.deepEqual(outcome(error), due(row)), true));
    assert.match(work(), new RegExp(`^${row.out.split("*").map(RegExp.escape ?? ((text) => text.replace(/[^\w\s]/g, "\\$&"))).join("[\\w-]+")}$`));
  });
}

for (const { section, at, row } of rows("schema")) {
  test(`schema ${section} ${at}`, () => {
    const options = { format: row.format, typeAttribute: row.type_attribute, propertiesAttribute: row.properties_attribute };
    const schema = row.schema ?? data(row, "text");
    const work = () => assert.deepEqual(readSchema(schema, options), row.out);
    "error" in row ? assert.throws(work, (error) => (assert.deepEqual(outcome(error), due(row)), true)) : work();
  });
}

for (const { section, at, row } of rows("governance")) {
  test(`governance ${section} ${at}`, () => {
    const { schema, governance, reservoir, against } = row;
    if (section === "review") {
      const { passes, findings } = reviewSchema(schema, governance, { reservoir, against });
      return assert.deepEqual({ passes, findings }, { passes: row.passes, findings: row.findings });
    }
    const work = () => {
      const { policy, decisions, warnings } = compilePolicy(schema, governance, reservoir);
      const by = Object.fromEntries(decisions.map((decision) => [decision.selector, decision.at || decision.by]));
      assert.deepEqual(policy, row.policy ?? policy);
      assert.deepEqual(policy.fields, row.fields ?? policy.fields);
      assert.deepEqual(by, row.by ?? by);
      assert.deepEqual(warnings.map((warning) => warning.at), row.warnings ?? []);
    };
    "error" in row ? assert.throws(work, (error) => (assert.deepEqual(outcome(error), due(row)), true)) : work();
  });
}
