// Events as JavaScript has them: what comes out, what is refused, and that it quotes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { PumiceError, Redactor, Scrubber, codes, redact } from "pumice";

const SECRET = "hunter2-4155550132";
const PHONE = new Scrubber({ pumice: 1, fields: { from: "phone", "**.from": "phone" } });

/** The error of this work, which quotes no secret. */
function refused(work) {
  let error;
  assert.throws(work, (thrown) => ((error = thrown), true));
  assert.ok(error instanceof PumiceError, `${error?.constructor?.name}`);
  assert.equal(error.cause, undefined);
  assert.ok(![error.message, error.stack, JSON.stringify(error), String(error.at)].join().includes(SECRET));
  assert.ok(error.message.startsWith(error.code) && error.message.endsWith(codes()[error.code]));
  return error;
}

test("the same kind comes out", () => {
  const event = { from: "+11234567890", price: -0.0075, é: "\u{1f600}" };
  const due = { ...event, from: "+1123456XXXX" };
  assert.deepEqual(PHONE.scrub(event), due);
  assert.equal(PHONE.scrub(JSON.stringify(event)), JSON.stringify(due));
  const buffer = PHONE.scrub(Buffer.from(JSON.stringify(event)));
  assert.ok(Buffer.isBuffer(buffer) && buffer.equals(Buffer.from(JSON.stringify(due))));
  const bytes = PHONE.scrub(new TextEncoder().encode(JSON.stringify(event)));
  assert.equal(bytes.constructor, Uint8Array);
  assert.equal(bytes.length, bytes.buffer.byteLength);
  assert.equal(new TextDecoder().decode(bytes), JSON.stringify(due));
});

test("an object is left as it is", () => {
  const event = { from: ["+11234567890", { from: "+11234567890" }], list: [1, 2] };
  const before = structuredClone(event);
  const frozen = (value) => (typeof value === "object" ? Object.freeze(value) && Object.values(value).forEach(frozen) : 0);
  frozen(event);
  const out = PHONE.scrub(event);
  assert.deepEqual(event, before);
  assert.deepEqual(out, { from: ["+1123456XXXX", { from: "+1123456XXXX" }], list: [1, 2] });
  assert.notEqual(out.list, event.list);
});

test("text of every script, long and short, in whatever representation", () => {
  const fills = ["a", "é", "ß°", "日本", "\u{1f600}", "\u0000\u001f", '"\\', "aé日\u{1f600}", "\uffff\ufffd\u2028"];
  for (const fill of fills) {
    for (const times of [0, 1, 31, 32, 33, 63, 64, 65, 500, 1100, 5000, 400_000]) {
      const event = JSON.stringify({ x: fill.repeat(times), from: "+11234567890", y: `${fill}z` });
      const due = event.replace("4567890", "456XXXX");
      assert.equal(PHONE.scrub(event), due);
      // As a string that is not in one piece, and as part of a larger one.
      assert.equal(PHONE.scrub(event.slice(0, 9) + event.slice(9)), due);
      assert.equal(PHONE.scrub(`..${event}..`.slice(2, -2)), due);
      assert.equal(PHONE.scrub(Buffer.from(event)).toString(), due);
      assert.deepEqual(PHONE.scrub(JSON.parse(event)), JSON.parse(due));
    }
  }
});

test("an object means what JSON means by it", () => {
  class Person {
    #hidden = SECRET;
    name = "Ann";
    get from() {
      return "nobody";
    }
  }
  const shared = { from: "+11234567890" };
  const event = {
    date: new Date(0), url: new URL("https://a.example/?b"), bare: Object.assign(Object.create(null), shared), person: new Person(),
    left: undefined, [Symbol("s")]: SECRET, shared: [shared, shared], odd: { toJSON: (key) => `made for ${key}` }, zero: -0, big: 1e21,
    other: vm.runInNewContext("({ from: '+11234567890', list: [new Date(0)] })"), buffer: Buffer.from("ab"), ends: "\u2028\u007f",
    proxy: new Proxy({ from: "+11234567890" }, {}), get computed() { return "+1"; },
  };
  Object.defineProperty(event, "unseen", { value: SECRET, enumerable: false });
  assert.deepEqual(PHONE.scrub(event), JSON.parse(PHONE.scrub(JSON.stringify(event))));
  assert.deepEqual(PHONE.scrub(event).bare, { from: "+1123456XXXX" });
  assert.deepEqual(PHONE.scrub([shared]), [{ from: "+1123456XXXX" }]);
});

test("each property is read once, so that nothing can change in between", () => {
  let reads = 0;
  const event = { get from() { return (reads += 1) === 1 ? "+11234567890" : SECRET; } };
  assert.deepEqual(PHONE.scrub(event), { from: "+1123456XXXX" });
  assert.equal(reads, 1);
});

test("keys that mean something to JavaScript", () => {
  const text = `{"__proto__":{"from":"+11234567890","polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":2}`;
  for (const out of [PHONE.scrub(JSON.parse(text)), JSON.parse(PHONE.scrub(text))]) {
    assert.equal({}.polluted, undefined);
    assert.equal(Object.getPrototypeOf(out), Object.prototype);
    assert.deepEqual(Object.keys(out), ["__proto__", "constructor", "toString", "hasOwnProperty"]);
    assert.equal(Object.getOwnPropertyDescriptor(out, "__proto__").value.from, "+1123456XXXX");
  }
  assert.throws(() => new Scrubber({ pumice: 1, fields: {} }, JSON.parse('{"__proto__":{"store":"memory"}}')), TypeError);
  assert.equal(refused(() => new Scrubber(JSON.parse('{"pumice":1,"fields":{},"__proto__":{}}'))).code, "unknown_member");
});

const cycle = {};
cycle.again = { cycle };
let deep = [];
for (let at = 0; at < 5000; at += 1) deep = [deep];
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const thrower = { get a() { throw new Error(SECRET); } };

for (const [what, event, code] of [
  ["a BigInt", { [SECRET]: 1n }, "invalid_json"],
  ["NaN", { [SECRET]: NaN }, "invalid_json"],
  ["Infinity", { a: [-Infinity] }, "invalid_json"],
  ["a symbol", { [SECRET]: Symbol(SECRET) }, "invalid_json"],
  ["a function", { a: () => SECRET }, "invalid_json"],
  ["a class", { a: class Secret {} }, "invalid_json"],
  ["undefined in an array", { a: [undefined] }, "invalid_json"],
  ["a sparse array", { a: [1, , 3] }, "invalid_json"],
  ["a large sparse array", { a: new Array(4e9) }, "invalid_json"],
  ["a Map", { a: new Map([[SECRET, 1]]) }, "invalid_json"],
  ["a Set", { a: new Set([SECRET]) }, "invalid_json"],
  ["an Error", { a: new Error(SECRET) }, "invalid_json"],
  ["a RegExp", { a: /a/ }, "invalid_json"],
  ["a Promise", { a: Promise.resolve(1) }, "invalid_json"],
  ["a boxed string", { a: Object(SECRET) }, "invalid_json"],
  ["a typed array", { a: new Uint8Array(3) }, "invalid_json"],
  ["an ArrayBuffer", { a: new ArrayBuffer(3) }, "invalid_json"],
  ["a WeakRef", { a: new WeakRef({}) }, "invalid_json"],
  ["toJSON of a BigInt", { a: { toJSON: () => 1n } }, "invalid_json"],
  ["toJSON that throws", { a: { toJSON: () => { throw new Error(SECRET); } } }, "invalid_json"],
  ["toJSON of undefined in an array", { a: [{ toJSON: () => undefined }] }, "invalid_json"],
  ["a getter that throws", thrower, "invalid_json"],
  ["a revoked proxy", { a: revoked.proxy }, "invalid_json"],
  ["a cycle", cycle, "too_deep"],
  ["a cycle by toJSON", { toJSON() { return { again: this }; } }, "too_deep"],
  ["5000 levels", { a: deep }, "too_deep"],
  ["a lone surrogate", { a: `${SECRET}\ud800` }, "invalid_utf8"],
  ["a lone surrogate in a key", { [`${SECRET}\udc00`]: 1 }, "invalid_utf8"],
  ["a lone surrogate in text", `{"a":"${SECRET}\ud800"}`, "invalid_utf8"],
  ["surrogates in the wrong order", `{"a":"${"x".repeat(61)}\udc00\ud800"}`, "invalid_utf8"],
  ["an escaped lone surrogate in text", `{"from":"\\ud800${SECRET}"}x`, "invalid_json"],
  ["no JSON", `{"${SECRET}`, "invalid_json"],
  ["an empty string", "", "invalid_json"],
  ["bytes that are no UTF-8", Buffer.from(`{"${SECRET}":"\xff"}`, "latin1"), "invalid_utf8"],
  ["no bytes", new Uint8Array(0), "invalid_json"],
  ["null", null, "invalid_json"],
  ["undefined", undefined, "invalid_json"],
  ["a number", 1, "invalid_json"],
  ["a bare BigInt", 1n, "invalid_json"],
  ["a bare symbol", Symbol(SECRET), "invalid_json"],
  ["a bare function", () => SECRET, "invalid_json"],
  ["a bare Map", new Map([[SECRET, 1]]), "invalid_json"],
  ["a bare ArrayBuffer", new ArrayBuffer(2), "invalid_json"],
  ["a bare DataView", new DataView(new ArrayBuffer(2)), "invalid_json"],
  ["a bare boxed string", Object("{}"), "invalid_json"],
]) {
  test(`${what} is refused`, () => assert.equal(refused(() => PHONE.scrub(event)).code, code));
}

test("memory that others see, that moves, or that is gone", () => {
  const text = '{"from":"+11234567890"}';
  const due = '{"from":"+1123456XXXX"}';
  const shared = new Uint8Array(new SharedArrayBuffer(text.length));
  shared.set(Buffer.from(text));
  const out = PHONE.scrub(shared);
  assert.equal(Buffer.from(out).toString(), due);
  assert.ok(!(out.buffer instanceof SharedArrayBuffer));
  assert.equal(PHONE.scrub(Buffer.from(shared.buffer)).toString(), due);
  assert.equal(Buffer.from(PHONE.scrubNdjson(shared)).toString(), due);
  const resizable = new ArrayBuffer(100, { maxByteLength: 200 });
  const tracking = new Uint8Array(resizable);
  resizable.resize(text.length);
  tracking.set(Buffer.from(text));
  assert.equal(Buffer.from(PHONE.scrub(tracking)).toString(), due);
  const beyond = new Uint8Array(resizable, 10, 10);
  resizable.resize(5);
  assert.equal(refused(() => PHONE.scrub(beyond)).code, "invalid_json");
  assert.equal(PHONE.scrubNdjson(beyond).length, 0);
  const detached = new Uint8Array(Buffer.from(text));
  const offset = new Uint8Array(detached.buffer, 2);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const gone of [detached, offset]) assert.equal(refused(() => PHONE.scrub(gone)).code, "invalid_json");
});

test("what is too large is refused before it is copied", () => {
  const huge = "\u65e5".repeat(500_000_000);
  assert.equal(refused(() => PHONE.scrub(huge)).code, "too_large");
  assert.equal(refused(() => PHONE.scrub(`{"a":"${"x".repeat(17 << 20)}"}`)).at, 16 << 20);
  assert.equal(refused(() => PHONE.scrub(Buffer.alloc(600_000_000))).code, "too_large");
  assert.equal(refused(() => redact("phone", "1".repeat(20 << 20))).code, "too_large");
  const small = new Scrubber({ pumice: 1, fields: {} }, { maxEventBytes: 4 });
  assert.deepEqual([small.scrub("{ }"), small.scrub('"é"'), small.maxEventBytes], ["{ }", '"é"', 4]);
  for (const event of ['"ééé"', "{   }", { a: 1 }]) assert.equal(refused(() => small.scrub(event)).code, "too_large");
});

test("errors say where", () => {
  const scrubber = new Scrubber({ pumice: 1, fields: { "a.b": { type: "phone", on_invalid: "fail" } } });
  const at = (work) => (({ code, at, line }) => [code, at, line])(refused(work));
  assert.deepEqual(at(() => scrubber.scrub({ a: { b: SECRET } })), ["invalid_value", "a.b", null]);
  assert.deepEqual(at(() => scrubber.scrub('{"a":')), ["invalid_json", 5, null]);
  assert.deepEqual(at(() => scrubber.scrubNdjson(Buffer.from('{}\n\n{"a":{"b":"x"}}\n'))), ["invalid_value", "a.b", 3]);
  assert.deepEqual(at(() => new Scrubber({ pumice: 1, fields: { a: "fone" } })), ["unknown_type", "/fields/a", null]);
  const error = refused(() => scrubber.scrubNdjson(Buffer.from('{}\n{"a":')));
  assert.equal(error.message, `invalid_json on line 2 at byte 5: ${codes().invalid_json}`);
  assert.deepEqual([error.name, error instanceof Error], ["PumiceError", true]);
});

test("lines", () => {
  const lines = Buffer.from('{"from":"+11234567890"}\r\n\n{"from":\n{"from":"nobody"}');
  const { scrubbed, rejects, ...counts } = PHONE.scrubNdjson(lines, { onError: "reject" });
  assert.equal(scrubbed.toString(), '{"from":"+1123456XXXX"}\r\n\n{"from":null}');
  assert.equal(rejects.toString(), '{"from":\n');
  assert.deepEqual(counts, { events: 2, rejected: 1, blank: 1 });
  assert.throws(() => PHONE.scrubNdjson(lines, { onError: "ignore" }), TypeError);
  assert.deepEqual(PHONE.scrubNdjson(lines, { onError: "reject", into: Buffer.alloc(1000) }).scrubbed, scrubbed);
  assert.throws(() => PHONE.scrubNdjson("{}"), TypeError);
});

test("lines go into memory of the caller's, if there is room", () => {
  const given = '{"from":"+11234567890"}\n\n{"n":1}\n';
  const due = PHONE.scrubNdjson(Buffer.from(given)).toString();
  const kinds = [(size) => Buffer.alloc(size, 7), (size) => new Uint8Array(new ArrayBuffer(size + 5), 5).fill(7)];
  for (const lines of [Buffer.from(given), new TextEncoder().encode(given)]) {
    for (const make of kinds) {
      const into = make(due.length + 3);
      const out = PHONE.scrubNdjson(lines, { into });
      assert.deepEqual([out.buffer, out.byteOffset, Buffer.isBuffer(out)], [into.buffer, into.byteOffset, Buffer.isBuffer(lines)]);
      assert.equal(Buffer.from(out).toString(), due);
      assert.deepEqual([...into.subarray(due.length)], [7, 7, 7], "what is behind it stays");
      const exact = make(due.length);
      assert.equal(PHONE.scrubNdjson(lines, { into: exact }).buffer, exact.buffer);
      const small = make(due.length - 1);
      const other = PHONE.scrubNdjson(lines, { into: small });
      assert.notEqual(other.buffer, small.buffer);
      assert.equal(Buffer.from(other).toString(), due);
      assert.deepEqual(small, make(due.length - 1));
      assert.equal(Buffer.from(PHONE.scrubNdjson(lines, { into: new Uint8Array() })).toString(), due);
    }
    const same = new Uint8Array(lines);
    assert.equal(Buffer.from(PHONE.scrubNdjson(same, { into: same })).toString(), due, "also where the lines are");
  }
  // What says that it is larger than it is.
  const liar = Object.defineProperty(Buffer.from(given), "length", { value: 1000 });
  assert.throws(() => PHONE.scrubNdjson(Buffer.from(given.repeat(9)), { into: liar }));
  const into = Buffer.alloc(100, 7);
  assert.throws(() => PHONE.scrubNdjson(Buffer.from('{"from":"+11234567890"}\n{'), { into }), { code: "invalid_json", line: 2 });
  assert.deepEqual(into, Buffer.alloc(100, 7), "nothing of it where a line is refused");
  for (const wrong of ["", [], 7, null, new Uint16Array(8), new DataView(new ArrayBuffer(8)), new Uint8Array(new SharedArrayBuffer(99))]) {
    assert.throws(() => PHONE.scrubNdjson(Buffer.from(given), { into: wrong }), TypeError);
  }
});

test("redact", () => {
  assert.equal(redact("ip", "207.164.33.12", { v4_bits: 8 }), "207.0.0.0");
  assert.deepEqual(redact("phone", { a: ["+11234567890", null] }), { a: ["+1123456XXXX", null] });
  assert.equal(redact("coordinate", -75.6972), -75.6);
  assert.equal(refused(() => redact("phone", SECRET)).code, "invalid_value");
  assert.equal(refused(() => redact("phone", undefined)).code, "invalid_json");
  assert.equal(refused(() => redact("fone", "")).code, "unknown_type");
  assert.equal(refused(() => redact("ip", "", { v4_bits: 99 })).at, "/v4_bits");
  assert.equal(refused(() => redact("ip", "", { geo: ["country"] })).code, "needs_geo");
  assert.equal(refused(() => new Redactor("ip", {}, { geo: new Uint8Array(0) })).code, "geo_invalid");
  for (let at = 0; at < 200; at += 1) assert.equal(redact("coordinate", 0.123456, { decimals: at % 6 }), Number((0.123456).toString().slice(0, 2 + (at % 6))));
});

test("report and explain", () => {
  const scrubber = new Scrubber({ pumice: 1, fields: { from: "phone" } });
  scrubber.scrubNdjson(Buffer.from('{"from":"+11234567890"}\n{"from":"x"}\n{"from":null}\n{}\n{\n'), { onError: "reject" });
  const { events, refused, rules } = scrubber.report();
  assert.deepEqual([events, refused, rules], [4, 1, [{ selector: "from", treated: 1, invalid: 1, null: 1, absent: 1 }]]);
  const [rule, rest] = scrubber.explain();
  assert.deepEqual([rule.selector, rule.before, rule.after], ["from", '"+11234567890"', '"+1123456XXXX"']);
  assert.deepEqual([rest.selector, rest.words], ["", "stays as it is"]);
});

test("arguments that are none", () => {
  for (const options of [{ geo: "x.mmdb" }, { account: 1 }, { ownerByCall: 1 }, { maxEventBytes: -1 }, { maxEventBytes: 1.5 }, { stor: "" }, null, 1]) {
    assert.throws(() => new Scrubber({ pumice: 1, fields: {} }, options), TypeError);
  }
  for (const options of [{ keyring: new Uint8Array() }, { rootKey: "x" }, { store: "memory" }, { records: new Uint8Array() }]) {
    assert.throws(() => new Scrubber({ pumice: 1, fields: {} }, options), /need/);
  }
  assert.throws(() => PHONE.scrub("{}", { acount: "x" }), TypeError);
  assert.throws(() => PHONE.scrub("{}", { account: 1 }), TypeError);
  assert.equal(refused(() => PHONE.scrub("{}", { account: "\ud800" })).code, "invalid_utf8");
  assert.throws(() => Scrubber({ pumice: 1, fields: {} }), TypeError);
  assert.throws(() => PHONE.scrub.call({}, "{}"), TypeError);
});

test("what is closed is closed", () => {
  const scrubber = new Scrubber({ pumice: 1, fields: { from: "phone" } });
  scrubber.close();
  scrubber.close();
  for (const work of [() => scrubber.scrub("{}"), () => scrubber.scrub(Buffer.from("{}")), () => scrubber.scrub({}), () => scrubber.report()]) {
    assert.throws(work, /^Error: the scrubber is closed$/);
  }
});
