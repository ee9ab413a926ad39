// Holds the WebAssembly modules to their sizes, and says what their bytes are.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** Bytes after gzip, at most. */
const LIMITS = {
  "../wasm/pumice_wasm_bg.wasm": 320_000,
  "../wasm/lite/pumice_wasm_bg.wasm": 70_000,
  "../wasm/schemas/pumice_wasm_bg.wasm": 130_000,
};

const SECTIONS = { 10: "code", 11: "data" };

/** The sections of a module: [what, bytes]. */
function* sections(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const what = SECTIONS[bytes[at]] ?? "the rest";
    let [length, shift] = [0, 0];
    do {
      at += 1;
      length |= (bytes[at] & 0x7f) << shift;
      shift += 7;
    } while (bytes[at] & 0x80);
    yield [what, bytes.subarray(at + 1, at + 1 + length)];
    at += 1 + length;
  }
}

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;

for (const [path, limit] of Object.entries(LIMITS)) {
  const bytes = readFileSync(new URL(path, import.meta.url));
  const parts = group(sections(bytes));
  const told = Array.from(parts, ([what, all]) => {
    const joined = Buffer.concat(all.map(([, part]) => part));
    return `${what} ${joined.length.toLocaleString("en")} (${gzip(joined).toLocaleString("en")})`;
  });
  const size = gzip(bytes);
  console.log(`${path.slice(3)}: ${bytes.length.toLocaleString("en")} bytes, ${size.toLocaleString("en")} gzip (at most ${limit.toLocaleString("en")}): ${told.join(", ")}`);
  if (size > limit) process.exitCode = 1;
}

function group(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row[0], [...(groups.get(row[0]) ?? []), row]);
  return groups;
}
