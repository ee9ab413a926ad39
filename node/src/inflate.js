// Inflates raw deflate data (RFC 1951), at once: a script that has the module compressed is a third as long, and the browser's own
// DecompressionStream would make everybody wait for a promise. It knows only data that the build made.

/** RFC 1951, 3.2.5: the least length or distance of each code, and how many bits more it has. */
const LENGTHS = ranges([...Array(28).keys()].map((code) => (code < 8 ? 0 : (code >> 2) - 1)), 3);
const DISTANCES = ranges([...Array(30).keys()].map((code) => (code < 4 ? 0 : (code >> 1) - 1)), 1);
/** The widest code, in bits. */
const WIDEST = 15;
const MASK = (1 << WIDEST) - 1;

const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** @param {number[]} bits @param {number} least */
function ranges(bits, least) {
  return bits.map((more) => {
    const range = { least, more };
    least += 1 << more;
    return range;
  });
}

/**
 * The module that is in a script.
 *
 * @param {[base64: string, length: number]} inline
 */
export function inlined([base64, length]) {
  const text = atob(base64);
  const data = new Uint8Array(text.length);
  for (let at = 0; at < data.length; at += 1) data[at] = text.charCodeAt(at);
  return inflate(data, length);
}

/**
 * @param {Uint8Array} data
 * @param {number} length of what comes out
 * @returns {Uint8Array}
 */
export function inflate(data, length) {
  const out = new Uint8Array(length);
  // The next bits, the first of them lowest.
  let [hold, held, from, at, last] = [0, 0, 0, 0, 0];

  /** @param {number} count */
  const fill = (count) => {
    for (; held < count; held += 8) hold |= (data[from++] ?? 0) << held;
  };
  /** @param {number} count */
  const bits = (count) => {
    fill(count);
    const value = hold & ((1 << count) - 1);
    hold >>>= count;
    held -= count;
    return value;
  };
  /** @param {Uint16Array} table */
  const symbol = (table) => {
    fill(WIDEST);
    const found = table[hold & MASK] ?? 0;
    hold >>>= found & 15;
    held -= found & 15;
    return found >> 4;
  };
  /** @returns {[Uint16Array, Uint16Array]} */
  const dynamic = () => {
    const [literals, distances, codes] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const widths = Array(19).fill(0);
    for (const place of ORDER.slice(0, codes)) widths[place] = bits(3);
    const reader = table(widths);
    /** @type {number[]} */
    const all = [];
    while (all.length < literals + distances) {
      const width = symbol(reader);
      if (width < 16) all.push(width);
      else {
        const [value, times] = width === 16 ? [all.at(-1) ?? 0, 3 + bits(2)] : [0, width === 17 ? 3 + bits(3) : 11 + bits(7)];
        for (let n = 0; n < times; n += 1) all.push(value);
      }
    }
    return [table(all.slice(0, literals)), table(all.slice(literals))];
  };

  while (last === 0) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) {
      // It begins at a byte: those that are held whole are given back.
      from -= held >> 3;
      hold = held = 0;
      const stored = bits(16);
      from += 2;
      out.set(data.subarray(from, from + stored), at);
      [at, from] = [at + stored, from + stored];
      continue;
    }
    const [literals, distances] = kind === 1 ? FIXED : dynamic();
    for (let code = symbol(literals); code !== 256; code = symbol(literals)) {
      if (code < 256) {
        out[at++] = code;
        continue;
      }
      const run = LENGTHS[code - 257];
      const count = run === undefined ? 258 : run.least + bits(run.more);
      const back = DISTANCES[symbol(distances)];
      if (back === undefined || at + count > length) throw new Error("the module is damaged");
      const distance = back.least + bits(back.more);
      for (const end = at + count; at < end; at += 1) out[at] = out[at - distance] ?? 0;
    }
  }
  return out;
}

/**
 * Canonical codes (3.2.2) by the bits that come next: the symbol, and in the lowest four bits how wide its code is.
 *
 * @param {number[]} widths
 */
function table(widths) {
  const table = new Uint16Array(1 << WIDEST);
  let code = 0;
  for (let width = 1; width <= WIDEST; width += 1, code <<= 1) {
    for (const [symbol, its] of widths.entries()) {
      if (its !== width) continue;
      for (let at = reversed(code, width); at <= MASK; at += 1 << width) table[at] = (symbol << 4) | width;
      code += 1;
    }
  }
  return table;
}

/**
 * @param {number} code
 * @param {number} width
 */
function reversed(code, width) {
  let bits = 0;
  for (let n = 0; n < width; n += 1) bits |= ((code >> n) & 1) << (width - 1 - n);
  return bits;
}

/** 3.2.6. @type {[Uint16Array, Uint16Array]} */
const FIXED = [
  table([...Array(144).fill(8), ...Array(112).fill(9), ...Array(24).fill(7), ...Array(8).fill(8)]),
  table(Array(30).fill(5)),
];
