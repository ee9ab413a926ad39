// The package in Chromium: in a page, a worker and bundles, under a Content-Security-Policy that knows no eval.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as esbuild from "esbuild";
import { build } from "vite";
import { HOUSE, NODE, launch, serve, until } from "./site.js";

const APP = join(process.env.CARGO_TARGET_DIR ?? join(HOUSE, "target"), "web-app");

const HTML = (script) => `<!doctype html><meta charset="utf-8"><title>app</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

const FILES = {
  "package.json": '{ "type": "module" }',
  "index.html": HTML("./main.js"),
  "main.js": `
    import { PumiceError, Scrubber } from "pumice";
    import { tag } from "pumice/web-tag";
    const scrubber = new Scrubber({ pumice: 1, fields: { from: "phone" } });
    const page = scrubber.scrub('{"from":"+11234567890"}');
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onerror = (event) => (window.answer = String(event.message));
    worker.onmessage = ({ data }) => {
      tag({ policy: { pumice: 1, fields: { "context.user_agent": "user_agent", "props.to": "phone" } }, endpoint: COLLECTOR, batchMilliseconds: 0 }).track("bundled", { to: "+11234567890" });
      window.answer = { page, worker: data, isError: attempt() instanceof PumiceError };
    };
    worker.postMessage('{"to":"+11234567890"}');
    function attempt() { try { scrubber.scrub("{"); } catch (error) { return error; } }`,
  "worker.js": `
    import { Scrubber } from "pumice";
    const scrubber = new Scrubber({ pumice: 1, fields: { to: "phone" } });
    onmessage = ({ data }) => postMessage(scrubber.scrub(data));`,
};

const CSP = { "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; worker-src 'self'; img-src data:" };
const PAGE = { html: HTML("/probe.js"), headers: CSP };

let site, browser, tab;
before(async () => {
  rmSync(APP, { recursive: true, force: true });
  mkdirSync(join(APP, "node_modules"), { recursive: true });
  symlinkSync(NODE, join(APP, "node_modules/pumice"));
  for (const name of ["vite", "esbuild"]) mkdirSync(join(APP, name));
  const bundled = (name) => ({ html: readFileSync(join(APP, name, "index.html"), "utf8"), headers: CSP });
  const pages = { "/": PAGE, get "/vite/"() { return bundled("vite"); }, get "/esbuild/"() { return bundled("esbuild"); } };
  site = await serve(pages, { "/node/": NODE, "/vite/": join(APP, "vite/"), "/esbuild/": join(APP, "esbuild/"), "/tests/": join(HOUSE, "tests/") });
  const collector = JSON.stringify(site.collector.url);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(APP, name), text.replace("COLLECTOR", collector));
  browser = await launch();
  tab = await browser.newPage();
});
after(async () => {
  await browser?.close();
  site?.close();
});

async function works(path) {
  site.collector.clear();
  await tab.goto(site.url + path);
  await until("the bundle answers", () => tab.evaluate(() => window.answer !== undefined));
  const expected = { page: '{"from":"+1123456XXXX"}', worker: '{"to":"+1123456XXXX"}', isError: true };
  assert.deepEqual(await tab.evaluate(() => window.answer), expected);
  await until("its tag sends", () => site.collector.events().length === 1);
  assert.deepEqual(site.collector.events()[0].props, { to: "+1123456XXXX" });
}

test("a bundle of Vite, with a worker", async () => {
  await build({ root: APP, base: "./", logLevel: "warn", build: { outDir: "vite", emptyOutDir: true, chunkSizeWarningLimit: 5000 } });
  await works("/vite/");
});

test("a bundle of esbuild, with a worker", async () => {
  const entryPoints = ["main.js", "worker.js"].map((name) => join(APP, name));
  await esbuild.build({ entryPoints, outdir: join(APP, "esbuild"), bundle: true, minify: true, format: "esm", logLevel: "warning" });
  writeFileSync(join(APP, "esbuild/index.html"), HTML("./main.js"));
  await works("/esbuild/");
});

for (const [script, source] of [["pumice.js"], ["pumice.init.js", "pumice_wasm_bg.wasm"]]) {
  test(`${script} holds the shared vectors in Chromium`, async () => {
    await tab.goto(site.url);
    const { held, missed } = await tab.evaluate(vectors, { script, source });
    assert.deepEqual(missed, []);
    assert.ok(held > 500, `${held} rows`);
  });
}

/** Runs in the page. */
async function vectors({ script, source }) {
  const { Scrubber, init } = await import(`/node/dist/${script}`);
  await init?.(`/node/wasm/${source}`);
  const exact = (key, value, { source }) => (typeof value === "number" ? JSON.rawJSON(source) : value);
  const read = async (name) => JSON.parse(await (await fetch(`/tests/vectors/${name}.json`)).text(), exact);
  const missed = [];
  let held = 0;
  const expect = (name, row, out, work) => {
    let came;
    try {
      came = work();
    } catch (error) {
      came = error.code ?? String(error);
    }
    if (came === out) held += 1;
    else missed.push([name, JSON.stringify(row), came]);
  };
  for (const [type, rows] of Object.entries(await read("redact"))) {
    if (!Array.isArray(rows)) continue;
    for (const row of rows.filter((row) => "in" in row)) {
      const policy = JSON.stringify({ pumice: JSON.rawJSON("1"), fields: { v: { type, on_invalid: "fail", ...row.options } } });
      const out = row.invalid ? "invalid_value" : `{"v":${JSON.stringify(row.out)}}`;
      expect(type, row, out, () => new Scrubber(policy).scrub(`{"v":${JSON.stringify(row.in)}}`));
    }
  }
  return { held, missed };
}

test("every byte is read alike at every place of a string", async () => {
  await tab.goto(site.url);
  const [count, differ] = await tab.evaluate(async () => {
    const { Scrubber } = await import("/node/dist/pumice.js");
    const scrubber = new Scrubber({ pumice: 1, fields: { from: "phone" } });
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const differ = [];
    let count = 0;
    // The vectors of the module are thirty-two bytes wide, and each string begins and ends elsewhere in them.
    for (let length = 1; length <= 70; length += 23) {
      for (let place = 0; place < length; place += 1) {
        for (let byte = 0; byte < 256; byte += 1, count += 1) {
          const text = new TextEncoder().encode(`{"a":"${"7".repeat(length)}","from":"+11234567890"}`);
          text[6 + place] = byte;
          let expected = true;
          try { JSON.parse(decoder.decode(text)); } catch { expected = false; }
          let came = "";
          try { came = decoder.decode(scrubber.scrub(text)); } catch {}
          const due = expected ? decoder.decode(text).replace("7890\"}", "XXXX\"}") : "";
          if (came !== due) differ.push([length, place, byte]);
        }
      }
    }
    return [count, differ];
  });
  assert.deepEqual(differ, []);
  assert.ok(count > 20_000);
});

test("the lite build scrubs, and refuses a policy with what it does not have", async () => {
  await tab.goto(site.url);
  const [answers, refused, keyless] = await tab.evaluate(async () => {
    const { Scrubber } = await import("/node/dist/pumice.lite.js");
    const attempt = (policy) => {
      try {
        return new Scrubber(policy).scrub('{"v":"207.164.33.12","w":[1.50]}');
      } catch (error) {
        return `${error.code} ${error.at}`;
      }
    };
    const rules = ["ip", { action: "drop" }, { type: "ip", geo: "country" }, "user_agent", { type: "text", action: "encrypt" }];
    const one = { pumice: 1, fields: { v: "ip" } };
    const scrubber = new Scrubber(one);
    const keyed = { decrypt: ["pum1", "a", "v"], detokenize: ["ptk1"], forget: ["a", "s"], forgetAccount: ["a"], keyring: [], records: [] };
    const code = ([name, given]) => {
      try {
        return scrubber[name](...given);
      } catch (error) {
        return `${name} ${error.code}`;
      }
    };
    return [
      rules.map((rule) => attempt({ pumice: 1, account: "a", subject: "s", fields: { v: rule } })),
      [{ pumice_set: 1, policies: { one } }, { ...one, shape: {} }].map(attempt),
      Object.entries(keyed).map(code),
    ];
  });
  assert.deepEqual(answers, ['{"v":"207.164.0.0","w":[1.50]}', '{"w":[1.50]}', "needs_geo /fields/v/geo", "needs_uap /fields/v", "needs_keys /fields/v/action"]);
  assert.deepEqual(refused, ["policy_version /pumice", "unknown_member /shape"]);
  const needsKeys = ["decrypt", "detokenize", "forget", "forgetAccount", "keyring"].map((name) => `${name} needs_keys`);
  assert.deepEqual(keyless, [...needsKeys, "records needs_store"]);
});

test("the lite build gives what the whole one gives", async () => {
  await tab.goto(site.url);
  const { differ, same, refused } = await tab.evaluate(async () => {
    const engines = [await import("/node/dist/pumice.js"), await import("/node/dist/pumice.lite.js")];
    const [differ, refused] = [[], new Set()];
    let same = 0;
    const compare = (policy, events) => {
      const made = engines.map(({ Scrubber }) => {
        try {
          return { scrubber: new Scrubber(policy) };
        } catch (error) {
          return { refusal: `${error.code} ${error.at}` };
        }
      });
      // What the lite build is without it refuses, right or wrong.
      if (made[1].refusal && (made[0].scrubber || /"(pumice_set|shape)"/.test(policy))) {
        refused.add(made[1].refusal.split(" ")[0]);
        return;
      }
      const answers = ({ scrubber, refusal }) =>
        refusal ? [refusal] : events.map((event) => {
          try {
            return scrubber.scrub(event);
          } catch (error) {
            return `${error.code} ${error.at}`;
          }
        });
      const [due, came] = made.map(answers);
      due.forEach((answer, at) => (answer === came[at] ? (same += 1) : differ.push([JSON.stringify(policy), events[at], came[at]])));
    };
    const exact = (_, value, { source } = {}) => (typeof value === "number" ? JSON.rawJSON(source) : value);
    const read = async (name) => JSON.parse(await (await fetch(`/tests/vectors/${name}.json`)).text(), exact);
    for (const [type, rows] of Object.entries(await read("redact"))) {
      if (!Array.isArray(rows)) continue;
      for (const row of rows.filter((row) => "in" in row)) {
        compare(JSON.stringify({ pumice: 1, fields: { v: { type, ...row.options } } }), [`{"v":${JSON.stringify(row.in)}}`]);
      }
    }
    for (const name of ["events", "policy_invalid"]) {
      for (const rows of Object.values(await read(name))) {
        for (const { policy, in: event } of Array.isArray(rows) ? rows : []) {
          if (policy !== undefined) compare(typeof policy === "string" ? policy : JSON.stringify(policy), typeof event === "string" ? [event] : []);
        }
      }
    }
    const lines = async (name) => (await (await fetch(`/tests/data/${name}.ndjson`)).text()).trimEnd().split("\n");
    for (const email of ["initial", "provider", "none"]) {
      compare({ pumice: 1, fields: { "**.email": { type: "email", keep: email }, "**.phone": "phone", "context.ip": "ip", "**.lat": "coordinate", "**.lon": "coordinate" } }, await lines("web"));
    }
    compare({ pumice: 1, unlisted: "drop", fields: { from: "phone", to: "phone", message_body: "text", media: { action: "keep" } } }, await lines("messaging"));
    return { differ, same, refused: [...refused].sort() };
  });
  assert.deepEqual(differ, []);
  assert.ok(same > 7_000, same);
  assert.deepEqual(refused, ["needs_uap", "policy_version", "unknown_member"]);
});

test("streams work in Chromium", async () => {
  await tab.goto(site.url);
  const came = await tab.evaluate(async () => {
    const { Scrubber, ScrubTransformStream } = await import("/node/dist/pumice.js");
    const scrubber = new Scrubber({ pumice: 1, fields: { from: "phone" } });
    const lines = new Blob(['{"from":"+11234567890"}\n{"from":"', "+11234567891", '"}\n']).stream();
    return new Response(lines.pipeThrough(new ScrubTransformStream(scrubber))).text();
  });
  assert.equal(came, '{"from":"+1123456XXXX"}\n{"from":"+1123456XXXX"}\n');
});
