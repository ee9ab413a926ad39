// Lines of JSON that come in chunks, cut anywhere; knows no stream.

import { isBytes, own, text } from "./bytes.js";
import { PumiceError, raised } from "./error.js";
import { Scrubber, ndjson } from "./scrubber.js";
import { checked } from "./supplies.js";

/** @typedef {{ events: number, rejected: number, blank: number }} Counts */
/** @typedef {{ scrubbed: Uint8Array[], rejects: Uint8Array[] }} Blocks */

const LF = 10;
const encoder = new TextEncoder();

/** @param {unknown} value */
function verb(value) {
  if (value !== "scrub" && value !== "decrypt" && value !== "detokenize") {
    throw new TypeError('verb is "scrub", "decrypt" or "detokenize"');
  }
  return value;
}

/** @param {unknown} value */
function sink(value) {
  if (typeof value !== "object" || value === null) throw new TypeError("rejects is a stream");
  return value;
}

/**
 * The options of a stream; where lines can be rejected, there is somewhere that they go.
 *
 * @param {object} options
 */
export function streamOptions(options) {
  const { rejects, ...rest } = checked(options, { account: text, subject: text, verb, rejects: sink });
  return { rejects, verb: "scrub", ...rest, reject: rejects !== undefined };
}

/** Scrubs chunks of lines. It holds the line that has begun, up to the largest event that its scrubber takes. */
export class Lines {
  /** @type {Counts} */
  counts = { events: 0, rejected: 0, blank: 0 };
  #scrubber;
  #options;
  #maxBytes;
  /** @type {Uint8Array[]} */
  #begun = [];
  #begunBytes = 0;
  /** Whether the line that has begun is too long already, and goes among the rejects as it comes. */
  #isTooLong = false;
  /** Half a character that the next string goes on with. */
  #half = "";

  /**
   * @param {Scrubber} scrubber
   * @param {any} options those of `streamOptions`
   */
  constructor(scrubber, options) {
    if (!(scrubber instanceof Scrubber)) throw new TypeError("scrubber is a Scrubber");
    this.#scrubber = scrubber;
    this.#options = options;
    this.#maxBytes = scrubber.maxEventBytes;
  }

  /**
   * @param {unknown} chunk bytes, or a string
   * @returns {Blocks}
   */
  push(chunk) {
    /** @type {Blocks} */
    const blocks = { scrubbed: [], rejects: [] };
    let bytes = this.#bytes(chunk);
    const first = bytes.indexOf(LF) + 1;
    if (first > 0 && (this.#begunBytes > 0 || this.#isTooLong)) {
      this.#begin(bytes.subarray(0, first), blocks);
      this.#end(blocks);
      bytes = bytes.subarray(first);
    }
    const last = bytes.lastIndexOf(LF) + 1;
    if (last > 0) this.#scrub(bytes.subarray(0, last), blocks);
    if (last < bytes.length) this.#begin(bytes.subarray(last), blocks);
    return blocks;
  }

  /**
   * The last line, if it has no end.
   *
   * @returns {Blocks}
   */
  end() {
    /** @type {Blocks} */
    const blocks = { scrubbed: [], rejects: [] };
    if (this.#half !== "") throw new PumiceError("invalid_utf8", null, this.#line);
    this.#end(blocks);
    return blocks;
  }

  /** The number of the line that comes next, or has begun. */
  get #line() {
    return this.counts.events + this.counts.rejected + this.counts.blank + 1;
  }

  /** @param {unknown} chunk */
  #bytes(chunk) {
    if (isBytes(chunk) && this.#half === "") return own(chunk);
    if (isBytes(chunk)) throw new PumiceError("invalid_utf8", null, this.#line);
    if (typeof chunk !== "string") throw new TypeError("a chunk is a Uint8Array or a string");
    let string = this.#half + chunk;
    this.#half = /[\ud800-\udbff]$/.exec(string)?.[0] ?? "";
    if (this.#half !== "") string = string.slice(0, -1);
    if (!string.isWellFormed()) throw new PumiceError("invalid_utf8", null, this.#line);
    return encoder.encode(string);
  }

  /**
   * @param {Uint8Array} part of a line, its end or not
   * @param {Blocks} blocks
   */
  #begin(part, blocks) {
    if (this.#isTooLong) {
      blocks.rejects.push(part.slice());
      return;
    }
    // Whoever gave the chunk may use its memory for the next.
    this.#begun.push(part.slice());
    this.#begunBytes += part.length;
    // One more for the end of the line.
    if (this.#begunBytes <= this.#maxBytes + 1) return;
    if (!this.#options.reject) throw new PumiceError("too_large", this.#maxBytes, this.#line);
    blocks.rejects.push(...this.#begun);
    this.#begun = [];
    this.#begunBytes = 0;
    this.#isTooLong = true;
  }

  /** @param {Blocks} blocks */
  #end(blocks) {
    if (this.#isTooLong) {
      this.counts.rejected += 1;
      // As every reject has one.
      if (blocks.rejects.at(-1)?.at(-1) !== LF) blocks.rejects.push(Uint8Array.of(LF));
    } else if (this.#begunBytes > 0) {
      this.#scrub(joined(this.#begun, this.#begunBytes), blocks);
    }
    this.#begun = [];
    this.#begunBytes = 0;
    this.#isTooLong = false;
  }

  /**
   * @param {Uint8Array} lines
   * @param {Blocks} blocks
   */
  #scrub(lines, blocks) {
    const { verb, reject } = this.#options;
    try {
      const { out, rejects, events, rejected, blank } = ndjson(this.#scrubber, verb, lines, reject, this.#options);
      if (out.length > 0) blocks.scrubbed.push(out);
      if (rejects.length > 0) blocks.rejects.push(rejects);
      this.counts.events += events;
      this.counts.rejected += rejected;
      this.counts.blank += blank;
    } catch (error) {
      throw raised(error, this.#line - 1);
    }
  }
}

/**
 * @param {Uint8Array[]} parts
 * @param {number} length
 */
function joined(parts, length) {
  if (parts.length === 1) return /** @type {Uint8Array} */ (parts[0]);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
