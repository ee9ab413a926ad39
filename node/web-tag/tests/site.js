// A site and a collector on 127.0.0.1, and a Chromium that visits them: each request is kept as it came.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const NODE = fileURLToPath(new URL("../../", import.meta.url));
export const HOUSE = fileURLToPath(new URL("../../../", import.meta.url));

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

async function listen(answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/**
 * Serves what `pages` has by its path, and files of the package. `POST /collect` on the site is a collector too.
 *
 * @param {Record<string, { html: string, headers?: Record<string, string> }>} pages
 */
export async function serve(pages, folders = { "/node/": NODE }) {
  const collector = await collect();
  const site = await listen((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://site").pathname);
    const page = pages[path];
    if (path === "/collect") return collector.answer(request, response);
    if (page) return response.writeHead(200, { "content-type": "text/html", ...page.headers }).end(page.html);
    const folder = Object.keys(folders).find((folder) => path.startsWith(folder));
    try {
      const bytes = readFileSync(folders[folder] + path.slice(folder.length));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  return { url: site.url, collector, close: () => (site.close(), collector.close()) };
}

/** A collector of another origin. `status` is what it answers. */
async function collect() {
  const collector = { requests: [], late: [], status: 204 };
  let address = 0;
  const answer = (request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, rawHeaders: headers } = request;
      const isLate = /^\/collect\/\d+$/.test(url) && url !== `/collect/${address}`;
      collector[isLate ? "late" : "requests"].push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(collector.status, { "access-control-allow-origin": "*" }).end();
    });
  };
  const { url, close } = await listen(answer);
  return Object.assign(collector, {
    answer,
    close,
    url: `${url}/collect`,
    /** The events that arrived. */
    events: () => collector.requests.flatMap(({ body }) => body.split("\n").filter(Boolean).map((line) => JSON.parse(line))),
    clear: () => (collector.requests.length = 0),
    /** Clears it and gives it an address of its own: what a page that closes sends to the one before is `late`. */
    begin() {
      collector.clear();
      address += 1;
      collector.url = `${url}/collect/${address}`;
    },
  });
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
  });
}

/** Waits until it is so. */
export async function until(what, condition) {
  for (const end = Date.now() + 15_000; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within 15 s: ${what}`);
}
