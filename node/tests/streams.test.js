// Lines in streams: chunks cut anywhere, backpressure, bounded memory, rejects, and where an error is.

import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { ScrubTransform, ScrubTransformStream, Scrubber } from "pumice";

const POLICY = { pumice: 1, fields: { from: "phone" } };
const SCRUBBER = new Scrubber(POLICY);
const LINES = '{"from":"+11234567890","é":"日本\u{1f600}"}\r\n\n{"from":\n \n{"from":"nobody"}\n{"from":"+351234567890"}';
const REJECT = SCRUBBER.scrubNdjson(Buffer.from(LINES), { onError: "reject" });
const GOOD = LINES.replace('{"from":\n', "");

/** What a chain of chunks becomes. */
const node = async (chunks, options = {}, scrubber = SCRUBBER) => {
  const [out, rejects] = [[], []];
  const into = (list) => new Writable({ write: (chunk, _, done) => (list.push(chunk), done()) });
  const sink = into(rejects);
  const scrub = new ScrubTransform(scrubber, options.rejects ? { ...options, rejects: sink } : options);
  await pipeline(Readable.from(chunks, { objectMode: true }), scrub, into(out));
  assert.equal(sink.writableEnded, false);
  return [Buffer.concat(out).toString(), Buffer.concat(rejects).toString(), scrub.counts];
};
const web = async (chunks, options = {}, scrubber = SCRUBBER) => {
  const [out, rejects] = [[], []];
  const sink = new WritableStream({ write: (chunk) => void rejects.push(chunk) });
  const scrub = new ScrubTransformStream(scrubber, options.rejects ? { ...options, rejects: sink } : options);
  for await (const chunk of ReadableStream.from(chunks).pipeThrough(scrub)) out.push(chunk);
  assert.equal(sink.locked, false);
  return [Buffer.concat(out).toString(), Buffer.concat(rejects).toString(), scrub.counts];
};

for (const [name, run] of [["node", node], ["web", web]]) {
  test(`${name}: chunks cut anywhere`, async () => {
    const bytes = Buffer.from(LINES);
    const due = [REJECT.scrubbed.toString(), REJECT.rejects.toString(), { events: 3, rejected: 1, blank: 2 }];
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(await run([bytes.subarray(0, at), bytes.subarray(at)], { rejects: true }), due);
    }
    for (const size of [1, 2, 3, 7]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
      assert.deepEqual(await run(chunks, { rejects: true }), due);
    }
    for (let at = 0; at <= LINES.length; at += 1) {
      assert.deepEqual(await run([LINES.slice(0, at), LINES.slice(at)].filter(Boolean), { rejects: true }), due);
    }
    const good = Buffer.from(GOOD);
    assert.deepEqual((await run([good]))[0], SCRUBBER.scrubNdjson(good).toString());
    assert.deepEqual(await run([]), ["", "", { events: 0, rejected: 0, blank: 0 }]);
  });

  test(`${name}: an error has the number of its line`, async () => {
    const bytes = Buffer.from(LINES);
    for (let at = 0; at <= bytes.length; at += 1) {
      await assert.rejects(run([bytes.subarray(0, at), bytes.subarray(at)]), { name: "PumiceError", code: "invalid_json", line: 3, at: 8 });
    }
    await assert.rejects(run(["{}\n{}\n{"]), { code: "invalid_json", line: 3, at: 1 });
    await assert.rejects(run(["{}\n\ud800", "{}\n"]), { code: "invalid_utf8", line: 2 });
    await assert.rejects(run(["{}\n\ud800"]), { code: "invalid_utf8", line: 2 });
    await assert.rejects(run([Buffer.from('{}\n{"a":"\xff"}\n', "latin1")]), { code: "invalid_utf8", line: 2 });
  });

  test(`${name}: lines that are too long are not held`, async () => {
    const small = new Scrubber(POLICY, { maxEventBytes: 30 });
    const long = `{"from":"${"1".repeat(40)}"}`;
    for (const end of ["", "\n"]) {
      for (let at = 1; at < long.length; at += 1) {
        const chunks = [`{}\n${long.slice(0, at)}`, `${long.slice(at)}${end}`];
        assert.deepEqual(await run(chunks, { rejects: true }, small), ["{}\n", `${long}\n`, { events: 1, rejected: 1, blank: 0 }]);
        await assert.rejects(run(chunks, {}, small), { code: "too_large", line: 2 });
      }
    }
    const exact = `{"from":"${"1".repeat(14)}"}`.padEnd(30);
    const [out] = await run([...`${exact}\n{}`], {}, small);
    assert.equal(out, `${exact.replace('1111"', 'XXXX"')}\n{}`);
    await assert.rejects(run([...`${exact} \n{}`], {}, small), { code: "too_large", line: 1 });
  });

  test(`${name}: memory is bounded, whatever comes`, async () => {
    const block = Buffer.from(`{"from":"+11234567890","x":"${"x".repeat(1000)}"}\n`.repeat(64));
    const peaks = [];
    async function* many() {
      for (let at = 0; at < 2000; at += 1) {
        if (at % 100 === 0) {
          globalThis.gc?.();
          peaks.push(process.memoryUsage().arrayBuffers + process.memoryUsage().external);
        }
        yield block;
      }
    }
    const slow = name === "node" ? new ScrubTransform(SCRUBBER) : new ScrubTransformStream(SCRUBBER);
    let bytes = 0;
    if (name === "node") {
      const sink = new Writable({ highWaterMark: 1, write: (chunk, _, done) => ((bytes += chunk.length), setImmediate(done)) });
      await pipeline(Readable.from(many()), slow, sink);
    } else {
      const sink = new WritableStream({ write: (chunk) => ((bytes += chunk.length), new Promise(setImmediate)) });
      await ReadableStream.from(many()).pipeThrough(slow).pipeTo(sink);
    }
    assert.equal(bytes, 2000 * block.length);
    assert.ok(Math.max(...peaks) < peaks[0] + (64 << 20), `${peaks}`);
  });

  test(`${name}: options that are none`, async () => {
    await assert.rejects(run([], { reject: true }), TypeError);
    await assert.rejects(run([], { verb: "open" }), TypeError);
    await assert.rejects(run([], {}, {}), TypeError);
    if (name === "web") await assert.rejects(run([1]), TypeError);
    else assert.throws(() => new ScrubTransform(SCRUBBER).write(1), TypeError);
  });
}

test("node: nothing is read ahead of a sink that does not take", async () => {
  let taken = 0;
  const source = Readable.from((function* () { for (;;) yield ((taken += 1), Buffer.from('{"from":"+11234567890"}\n'.repeat(1000))); })(), { highWaterMark: 1 });
  const sink = new Writable({ highWaterMark: 1, write: () => {} });
  source.pipe(new ScrubTransform(SCRUBBER)).pipe(sink);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(taken < 20, `${taken}`);
  source.destroy();
});

test("node: rejects that cannot be written end the stream", async () => {
  const rejects = new Writable({ write: (_, __, done) => done(new Error("disk full")) });
  rejects.on("error", () => {});
  const scrub = new ScrubTransform(SCRUBBER, { rejects });
  await assert.rejects(pipeline(Readable.from(["{\n"]), scrub, new Writable({ write: (_, __, done) => done() })), /disk full/);
});

test("node: strings in another encoding", async () => {
  const scrub = new ScrubTransform(SCRUBBER);
  scrub.end(Buffer.from('{"é":1}').toString("hex"), "hex");
  assert.equal(Buffer.concat(await scrub.toArray()).toString(), '{"é":1}');
});
