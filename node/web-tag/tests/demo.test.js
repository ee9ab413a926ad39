// The demonstration, as someone sees it who opens it; its pictures go to target/web-demo/.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { once } from "node:events";
import { test } from "node:test";
import { HOUSE, NODE, launch } from "./site.js";

const PICTURES = join(process.env.CARGO_TARGET_DIR ?? join(HOUSE, "target"), "web-demo");

test("the demonstration shows an event before and after", async (t) => {
  const server = spawn(process.execPath, [join(NODE, "web-tag/demo/serve.js"), "0"]);
  const browser = await launch();
  t.after(async () => (server.kill(), await browser.close()));
  const [url] = await once(server.stdout.setEncoding("utf8"), "data");
  for (const [name, options] of Object.entries({ wide: {}, narrow: { viewport: { width: 420, height: 900 } }, dark: { colorScheme: "dark" } })) {
    const tab = await browser.newPage(options);
    const failures = [];
    tab.on("pageerror", (error) => failures.push(String(error)));
    await tab.goto(url.trim());
    await tab.getByText("1 sent, 0 refused.").waitFor();
    const text = (id) => tab.locator(id).innerText().then(JSON.parse);
    const [before, after] = [await text("#before"), await text("#after")];
    assert.deepEqual([before.props.email, before.page.url.query.session], ["john@gmail.com", "s3cr3t"]);
    assert.deepEqual(after.props, { email: "j***@gmail.com", phone: "(415) 555-XXXX ext. X", message: "", total: 89, currency: "EUR" });
    assert.deepEqual(after.page.url.query, { email: "REDACTED@gmail.com", campaign: "spring" });
    assert.equal(await tab.locator(".gone").count() > 4, true);
    await tab.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
    await tab.getByLabel("I agree").uncheck();
    await tab.getByRole("button").click();
    await tab.getByText("Without consent nothing was collected.").waitFor();
    assert.deepEqual(failures, []);
    await tab.close();
  }
});
