// Serves the demonstration and collects its events: `node demo/serve.js [PORT]`. `../../bindings/wasm/build` and `node bundle.js` come first.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const NODE = fileURLToPath(new URL("../../", import.meta.url));
const FILES = /^\/(dist|web-tag\/(demo|src))\/[\w.-]+$/;
const TYPES = { ".html": "text/html", ".js": "text/javascript" };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:";
const START = "/web-tag/demo/index.html?email=john@gmail.com&session=s3cr3t&campaign=spring";

let last = "null";

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://demo").pathname;
  if (path === "/") return response.writeHead(302, { location: START }).end();
  if (path === "/last") return response.writeHead(200, { "content-type": "application/json" }).end(last);
  if (path === "/collect" && request.method === "POST") {
    const body = (await request.setEncoding("utf8").toArray()).join("");
    last = body.trimEnd().split("\n").at(-1);
    process.stdout.write(body);
    return response.writeHead(204).end();
  }
  if (!FILES.test(path)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(path)], "content-security-policy": POLICY });
  response.end(readFileSync(NODE + path.slice(1)));
});
server.listen(Number(process.argv[2] ?? 8000), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
