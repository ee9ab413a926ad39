// The engine of Node: the addon. Its functions for single events are made once for each scrubber.

import { createRequire } from "node:module";

const native = load();

/** @returns {any} */
function load() {
  const path = `../addon/${process.platform}-${process.arch}.node`;
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    throw new Error(`pumice has no addon for ${process.platform}-${process.arch} that can be loaded`, { cause: error });
  }
}

export const { codes, compilePolicy, readSchema, reviewSchema } = native;

export class RawScrubber extends native.RawScrubber {
  /** @param {Uint8Array} policy @param {object} options */
  constructor(policy, options) {
    super(policy, options);
    this.prepare();
  }

  prepare() {
    /** @type {Record<string, (event: string, account?: string, subject?: string) => string>} */
    this.texts = {};
    this.writers = {};
    for (const verb of ["scrub", "decrypt", "detokenize"]) {
      this.texts[verb] = this.text(verb);
      this.writers[verb] = this.bytes(verb);
    }
  }

  /** @param {string} policy */
  named(policy) {
    const raw = Object.setPrototypeOf(super.named(policy), RawScrubber.prototype);
    raw.prepare();
    return raw;
  }

  ndjson(verb, lines, reject, account, subject, into) {
    const { length, ...result } = super.ndjson(verb, lines, reject, account, subject);
    const fits = into !== undefined && into.length >= length;
    if (fits) this.linesInto(into);
    return { ...result, out: fits ? into.subarray(0, length) : this.linesOut() };
  }

  callText(verb, event, account, subject) {
    const work = this.texts[verb];
    return account === undefined && subject === undefined ? work(event) : work(event, account, subject);
  }

  callBytes(verb, event, account, subject) {
    // Most events get no longer by much; Node has room for small ones at hand.
    const room = Buffer.allocUnsafe(event.length + 64);
    const out = this.writers[verb](event, account, subject, room);
    return typeof out === "number" ? room.subarray(0, out) : out;
  }
}

export class RawRedactor {
  constructor(type, options, geo, uap) {
    this.redact = new native.RawRedactor(type, options, geo, uap).text();
  }
}
