// The tag in Chromium, with a collector: what is raw reaches neither the wire nor what the browser keeps.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, serve, until } from "./site.js";

const POLICY = {
  pumice: 1,
  fields: {
    "page.url.query.*": { action: "drop" },
    "page.url.query.campaign": { action: "keep" },
    "page.url.query.email": { type: "email", keep: "provider" },
    "page.referrer.query": { action: "drop" },
    "context.user_agent": "user_agent",
    "props.email": "email",
    "props.phone": "phone",
    "props.note": "text",
    "props.amount": { type: "coordinate", on_invalid: "fail" },
  },
};

/** What must not be seen again. */
const RAW = ["john.raw", "raw-session", "raw-name", "raw-fragment", "+14155550132", "raw note", "Mozilla/", "KHTML", "raw-cookie"];
const QUERY = "?email=john.raw@gmail.com&session=raw-session&name=raw-name&campaign=spring#raw-fragment";
const PROPS = { email: "john.raw@example.com", phone: "+14155550132", note: "a raw note", total: 89 };

const page = (more = "", head = "") => `<!doctype html><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">${head}
<script type="module">
  import * as pumice from "/node/dist/pumice.tag.js";
  window.start = (options) => {
    window.errors = [];
    window.tag = pumice.tag({ policy: ${JSON.stringify(POLICY)}, batchMilliseconds: 50, onError: (error) => errors.push(error.code ?? error.message), ...options });
  };
  ${more}
  window.loaded = true;
</script>`;

const csp = (scripts) => ({ headers: { "content-security-policy": `default-src 'self'; connect-src *; img-src data:; script-src ${scripts}` } });
const starting = page('start({ endpoint: new URLSearchParams(location.search).get("to") });');

let site, collector, browser, context, tab, sent;
before(async () => {
  site = await serve({
    "/": { html: page() },
    "/starting": { html: starting },
    "/policed": { html: starting, ...csp("'self' 'unsafe-inline' 'wasm-unsafe-eval'") },
    "/barred": { html: starting, ...csp("'self' 'unsafe-inline'") },
    "/quiet": { html: page("", '<meta name="referrer" content="no-referrer">') },
    "/elsewhere": { html: "<!doctype html><title>elsewhere</title>" },
  });
  ({ collector } = site);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});
beforeEach(async () => {
  collector.begin();
  collector.status = 204;
  context = await browser.newContext();
  await context.addCookies([{ name: "who", value: "raw-cookie", url: collector.url }, { name: "who", value: "raw-cookie", url: site.url }]);
  tab = await context.newPage();
  sent = [];
  tab.on("request", (request) => request.method() === "POST" && sent.push(request.url() + JSON.stringify(request.headers()) + request.postData()));
  await visit();
});
/** Whatever a test did, nothing raw was seen. */
afterEach(async () => {
  for (const { method, url, headers, body } of [...collector.requests, ...collector.late.splice(0)]) {
    // The browser itself says its user agent, to every server.
    const own = headers.filter((_, at) => !/^(user-agent|sec-ch-ua.*)$/i.test(headers[at - (at % 2)]));
    clean("a request", [method, url, ...own, body].join("\n"));
    assert.ok(!/referer|cookie/i.test(own.filter((_, at) => at % 2 === 0).join()), `headers: ${own}`);
  }
  for (const request of sent) clean("a request of the page", request.replaceAll(/"(user-agent|sec-ch-ua[^"]*)":"(\\"|[^"])*"/g, ""));
  if (!tab.isClosed() && tab.url().startsWith("http")) clean("localStorage", await stored());
  await context.close();
});

async function visit(path = "/", query = QUERY) {
  await tab.goto(site.url + path + query, { waitUntil: "load" });
  if (path !== "/elsewhere") await until("the page is loaded", () => tab.evaluate(() => window.loaded === true));
}
const start = (options = {}) => tab.evaluate((options) => start(options), { endpoint: collector.url, ...options });
const track = (name, props = PROPS) => tab.evaluate(([name, props]) => tag.track(name, props), [name, props]);
const stored = () => tab.evaluate(() => JSON.stringify(localStorage));
const report = () => tab.evaluate(() => tag.report());
const arrived = (count) => until(`${count} events arrive`, () => collector.events().length >= count);
const settle = () => new Promise((resolve) => setTimeout(resolve, 400));

function clean(what, text) {
  for (const raw of RAW) assert.ok(!text.includes(raw), `${what} has ${raw}`);
}

test("an event is scrubbed before it is sent", async () => {
  await start();
  assert.equal(await track("checkout_started"), true);
  await arrived(1);
  const [{ id, time, page, context, ...rest }] = collector.events();
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert.deepEqual(page, { url: { origin: site.url, path: "/", query: { email: "REDACTED@gmail.com", campaign: "spring" } }, referrer: null });
  assert.deepEqual(Object.keys(context.user_agent), ["family", "major", "os", "device"]);
  assert.deepEqual([context.language, context.viewport], ["en-US", { width: 1280, height: 720 }]);
  assert.deepEqual(rest, { event: "checkout_started", props: { email: "j***@example.com", phone: "+1415555XXXX", note: "", total: 89 } });
  // The page hears of it later than the collector does.
  await until("the event is counted", async () => (await report()).sent > 0);
  assert.deepEqual(await report(), { state: "ready", collected: 1, refused: 0, sent: 1, dropped: 0 });
});

test("a collector of the page's own origin is told neither its address nor its cookies", async () => {
  await start({ endpoint: "/collect" });
  await track("a");
  await arrived(1);
});

test("the referrer is taken apart like the address", async () => {
  await Promise.all([tab.waitForURL(/again/), tab.evaluate(() => void (location.href = `/${location.search}&again=1`))]);
  await until("the next page", () => tab.evaluate(() => window.loaded === true));
  await start();
  await track("a");
  await arrived(1);
  assert.deepEqual(collector.events()[0].page.referrer, { origin: site.url, path: "/" });
});

test("events go in batches, in order", async () => {
  await start({ batchEvents: 4, batchMilliseconds: 60_000 });
  await tab.evaluate(() => { for (let n = 0; n < 10; n += 1) tag.track(`e${n}`); });
  await arrived(8);
  await tab.evaluate(() => tag.flush());
  assert.deepEqual(collector.events().map(({ event }) => event), Array.from({ length: 10 }, (_, n) => `e${n}`));
  assert.deepEqual(collector.requests.map(({ body }) => body.split("\n").length - 1), [4, 4, 2]);
});

test("offline, scrubbed events wait in localStorage", async () => {
  await start();
  await context.setOffline(true);
  await track("while_offline");
  await until("it is set aside", async () => (await stored()).includes("while_offline"));
  assert.ok((await stored()).includes("REDACTED@gmail.com"));
  clean("localStorage", await stored());
  await settle();
  assert.equal(collector.requests.length, 0);
  await context.setOffline(false);
  await arrived(1);
  await until("nothing is left", async () => (await stored()) === "{}");
  assert.equal(collector.events()[0].props.phone, "+1415555XXXX");
});

test("what was set aside is sent by the next page", async () => {
  await start();
  await context.setOffline(true);
  await track("before");
  await context.setOffline(false);
  collector.status = 503;
  await visit("/elsewhere");
  clean("localStorage", await stored());
  collector.status = 204;
  await visit();
  await start();
  await until("it arrives", () => collector.events().some(({ event }) => event === "before"));
});

test("what waits is bounded", async () => {
  await start();
  await context.setOffline(true);
  await tab.evaluate(() => { for (let n = 0; n < 1100; n += 1) tag.track("e", { n }); });
  const lines = JSON.parse(Object.values(JSON.parse(await stored()))[0]);
  assert.deepEqual([lines.length, JSON.parse(lines[0]).props.n], [1000, 100]);
  assert.equal((await report()).dropped, 100);
});

test("what others wrote to localStorage is not sent", async () => {
  await tab.evaluate((url) => localStorage.setItem(`pumice ${url}`, '["{\\"a\\":1}\\n{}", 7]'), collector.url);
  await start();
  await track("a");
  await arrived(1);
  assert.deepEqual(collector.events().map(({ event }) => event), ["a"]);
});

test("nothing is collected before there is consent", async () => {
  await tab.evaluate((endpoint) => { window.yes = undefined; start({ endpoint, consent: () => window.yes }); }, collector.url);
  for (const answer of ["undefined", "false", "1", "Promise.resolve(true)", "({})"]) {
    assert.equal(await tab.evaluate(`yes = ${answer}; tag.track("early")`), false, answer);
  }
  await settle();
  assert.deepEqual([collector.requests.length, await stored(), (await report()).collected], [0, "{}", 0]);
  await tab.evaluate(() => { yes = true; tag.consentChanged(); });
  assert.equal(await track("late"), true);
  await arrived(1);
  assert.deepEqual(collector.events().map(({ event }) => event), ["late"]);
});

test("a consent that throws is none", async () => {
  await tab.evaluate((endpoint) => start({ endpoint, consent: () => { throw new Error("no"); } }), collector.url);
  assert.equal(await track("a"), false);
  await settle();
  assert.equal(collector.requests.length, 0);
});

test("without consent any more, what was not sent is gone", async () => {
  await tab.evaluate((endpoint) => { window.yes = true; start({ endpoint, consent: () => window.yes, batchMilliseconds: 60_000 }); }, collector.url);
  await context.setOffline(true);
  await track("set_aside");
  assert.match(await stored(), /set_aside/);
  await tab.evaluate(() => { yes = false; tag.consentChanged(); });
  assert.equal(await stored(), "{}");
  await context.setOffline(false);
  await tab.evaluate(() => { yes = true; });
  await track("in_memory");
  await tab.evaluate(() => { yes = false; });
  assert.equal(await track("a"), false);
  await tab.evaluate(() => { yes = true; return tag.flush(); });
  await settle();
  assert.deepEqual([collector.requests.length, await stored()], [0, "{}"]);
});

for (const [how, path, options] of [["fetch", "/", {}], ["sendBeacon", "/quiet", { beacon: true }]]) {
  test(`when the page goes, what is left goes too, by ${how}`, async () => {
    await context.clearCookies();
    await visit(path);
    await start({ batchMilliseconds: 60_000, ...options });
    await track("last");
    await visit("/elsewhere", "");
    await arrived(1);
    assert.deepEqual(collector.events().map(({ event }) => event), ["last"]);
    assert.equal(await stored(), "{}");
  });
}

test("more than one last batch is set aside", async () => {
  await start({ batchMilliseconds: 60_000, batchEvents: 1000 });
  await tab.evaluate(() => { for (let n = 0; n < 300; n += 1) tag.track("e", { n, filler: "x".repeat(300) }); });
  await visit("/elsewhere", "");
  await until("a part arrives", () => collector.events().length > 0);
  const before = collector.events().length;
  assert.ok(before < 300);
  await visit();
  await start();
  await arrived(300);
  assert.deepEqual(collector.events().map(({ props }) => props.n).sort((a, b) => a - b), Array.from({ length: 300 }, (_, n) => n));
});

test("while the collector fails, events wait; what it refuses is gone", async () => {
  collector.status = 500;
  await start();
  await track("a");
  await until("it was tried", () => collector.requests.length === 1);
  await until("it waits", async () => (await stored()).includes('"event\\\\\\"') || (await stored()) !== "{}");
  collector.status = 204;
  await until("it is tried again", () => collector.requests.length === 2);
  collector.status = 400;
  await track("b");
  await until("it was refused", async () => (await report()).dropped === 1);
  await settle();
  assert.deepEqual([collector.requests.length, await stored()], [3, "{}"]);
  assert.deepEqual(await tab.evaluate(() => errors), ["the collector answered 500", "the collector answered 400"]);
});

test("what cannot be scrubbed is not sent, and said without its value", async () => {
  await start();
  assert.equal(await track("a", { amount: "john.raw" }), false);
  assert.equal(await tab.evaluate(() => tag.track("a", { raw: 1n })), false);
  assert.equal(await tab.evaluate(() => tag.track("a", { get raw() { throw new Error("john.raw"); } })), false);
  await settle();
  assert.equal(collector.requests.length, 0);
  assert.deepEqual(await tab.evaluate(() => errors), ["invalid_value", "invalid_json", "invalid_json"]);
});

test("without its policy a tag does nothing", async () => {
  const wrong = { pumice: 1, fields: { "props.email": "e-mail" } };
  for (const policy of [wrong, "{", '{"pumice": 2, "fields": {}}']) {
    await start({ policy });
    assert.equal(await track("a"), false);
    assert.equal((await report()).state, "failed");
  }
  await tab.evaluate((endpoint) => start({ endpoint, policy: new URL("/missing.json", location.href) }), collector.url);
  await track("a");
  await until("it failed", async () => (await report()).state === "failed");
  await settle();
  assert.deepEqual([collector.requests.length, await stored()], [0, "{}"]);
});

test("a policy may have an address: what happens before it came is scrubbed by it too", async () => {
  let answer;
  await tab.route("**/policy.json", async (route) => { await new Promise((resolve) => (answer = resolve)); await route.fulfill({ json: POLICY }); });
  await tab.evaluate((endpoint) => start({ endpoint, policy: new URL("/policy.json", location.href) }), collector.url);
  assert.equal(await track("early"), true);
  await settle();
  assert.deepEqual([collector.requests.length, await stored(), (await report()).state], [0, "{}", "loading"]);
  answer();
  await arrived(1);
  assert.equal(collector.events()[0].props.email, "j***@example.com");
});

test("it runs under a Content-Security-Policy with wasm-unsafe-eval, and without that sends nothing", async () => {
  await visit("/policed", `?to=${collector.url}`);
  await track("a");
  await arrived(1);
  const failed = new Promise((resolve) => tab.once("pageerror", resolve));
  await tab.goto(`${site.url}/barred?to=${collector.url}`);
  assert.match(String(await failed), /WebAssembly|unsafe-eval|Content Security Policy/);
  await settle();
  assert.equal(collector.requests.length, 1);
});

test("a closed tag collects no more", async () => {
  await start({ batchMilliseconds: 60_000 });
  await track("a");
  await tab.evaluate(() => tag.close());
  assert.equal(await track("b"), false);
  await arrived(1);
  assert.deepEqual([collector.events().map(({ event }) => event), (await report()).state], [["a"], "closed"]);
});
