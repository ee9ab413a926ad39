// Sets of policies: each event has its own, or the caller says which; other policies take their place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PumiceError, Scrubber } from "pumice";
import { compilePolicy } from "pumice/schemas";

const login = { pumice: 1, fields: { ip: "ip" } };
const order = { pumice: 1, fields: { email: { action: "drop" } } };
const SET = { pumice_set: 1, by: "event_name", policies: { login, order } };

const fails = (work, code, at = null) =>
  assert.throws(work, (error) => (assert.ok(error instanceof PumiceError), assert.deepEqual([error.code, error.at], [code, at]), true));

test("each event has the policy that it names", () => {
  const scrubber = new Scrubber(SET);
  assert.deepEqual(scrubber.scrub({ event_name: "login", ip: "207.164.33.12" }), { event_name: "login", ip: "207.164.0.0" });
  assert.equal(scrubber.scrub('{"email":"a@b.example","event_name":"order"}'), '{"event_name":"order"}');
  const { scrubbed, rejects } = scrubber.scrubNdjson(Buffer.from('{"event_name":"login","ip":null}\n{"event_name":"x","ip":"207.164.33.12"}\n'), { onError: "reject" });
  assert.deepEqual([`${scrubbed}`, `${rejects}`], ['{"event_name":"login","ip":null}\n', '{"event_name":"x","ip":"207.164.33.12"}\n']);
  fails(() => scrubber.scrub({ event_name: "logout" }), "unknown_policy");
  for (const event of [{ event_name: ["login"] }, {}]) fails(() => scrubber.scrub(event), "no_policy");
  assert.deepEqual(new Set(scrubber.explain().map(({ policy }) => policy)), new Set(["login", "order"]));
  assert.deepEqual(scrubber.report().rules.map(({ policy }) => policy), ["login", "order"]);
});

test("the caller says which", () => {
  const scrubber = new Scrubber(SET);
  const named = scrubber.named("login");
  const due = '{"event_name":"order","ip":"207.164.0.0"}';
  assert.equal(named.scrub('{"event_name":"order","ip":"207.164.33.12"}'), due);
  assert.deepEqual(named.scrub(Buffer.from('{"event_name":"order","ip":"207.164.33.12"}')), Buffer.from(due));
  assert.equal(scrubber.report().events, 2);
  fails(() => scrubber.named("logout"), "unknown_policy");
  assert.throws(() => scrubber.named(1), TypeError);
  fails(() => new Scrubber(login).named("login"), "unknown_policy");
  // Closed by itself.
  scrubber.close();
  assert.equal(named.scrub('{"ip":"207.164.33.12"}'), '{"ip":"207.164.0.0"}');
  named.close();
  assert.throws(() => named.scrub("{}"));
  assert.throws(() => scrubber.named("login"));
});

test("other policies take their place at once, or nothing changes", () => {
  const scrubber = new Scrubber(SET);
  const named = scrubber.named("login");
  fails(() => scrubber.reload({ ...SET, policies: { login: { pumice: 1, fields: { ip: "api" } } } }), "unknown_type", "/policies/login/fields/ip");
  assert.equal(named.scrub('{"ip":"207.164.33.12"}'), '{"ip":"207.164.0.0"}');
  scrubber.reload(Buffer.from(JSON.stringify({ ...SET, policies: { login: { pumice: 1, fields: { ip: { action: "drop" } } } } })));
  assert.equal(named.scrub('{"ip":"207.164.33.12"}'), "{}");
  fails(() => scrubber.scrub({ event_name: "order" }), "unknown_policy");
  scrubber.reload({ ...SET, policies: { order } });
  fails(() => named.scrub("{}"), "unknown_policy");
});

test("an event that is not what its schema says is refused", () => {
  const schema = { type: "record", name: "login", fields: [{ name: "ip", type: "string", "confluent:tags": ["PII"] }] };
  const { policy } = compilePolicy(schema, { pumice_governance: 1, reservoirs: ["all"], rules: [{ tag: "PII", action: { type: "ip" } }] }, "all", { strict: true });
  const scrubber = new Scrubber(policy);
  assert.equal(scrubber.scrub('{"ip":"207.164.33.12"}'), '{"ip":"207.164.0.0"}');
  fails(() => scrubber.scrub('{"ip":207}'), "shape_mismatch", "ip");
  fails(() => scrubber.scrub("{}"), "field_missing", "ip");
});
