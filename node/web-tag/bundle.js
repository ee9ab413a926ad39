// Bundles the package for pages without a bundler: each a single file, into node/dist/.
//
//   pumice.js           all of it, the module inside
//   pumice.init.js      all of it, the module on its own: `await init("…/pumice_wasm_bg.wasm")` comes first
//   pumice.tag.js       with the web tag
//   *.lite.js           the same without keys, geo databases and user agents

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HOUSE = dirname(dirname(fileURLToPath(import.meta.url)));

const ALL = 'export * from "./src/index.js";';
const TAG = `${ALL} export { tag, Tag } from "./web-tag/src/tag.js";`;

/** The engine is another in some. */
const LITE = { name: "lite", setup: (build) => instead(build, /\/wasm\/pumice_wasm/, (path) => path.replace("/wasm/", "/wasm/lite/")) };
const INIT = { name: "init", setup: (build) => instead(build, /^#engine$/, () => "./src/engine-wasm-init.js") };

function instead(build, filter, name) {
  build.onResolve({ filter }, ({ path, resolveDir }) => ({ path: join(path.startsWith("#") ? HOUSE : resolveDir, name(path)) }));
}

const BUNDLES = {
  "pumice.js": [ALL],
  "pumice.lite.js": [ALL, LITE],
  "pumice.init.js": [`${ALL} export { init } from "#engine";`, INIT],
  "pumice.tag.js": [TAG],
  "pumice.tag.lite.js": [TAG, LITE],
};

for (const [name, [contents, ...plugins]] of Object.entries(BUNDLES)) {
  const outfile = join(HOUSE, "dist", name);
  await build({
    stdin: { contents, resolveDir: HOUSE, sourcefile: name },
    outfile,
    plugins,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "warning",
  });
  const bytes = readFileSync(outfile);
  console.log(`${name.padEnd(20)} ${bytes.length.toLocaleString("en")} bytes, ${gzipSync(bytes, { level: 9 }).length.toLocaleString("en")} gzip`);
}
