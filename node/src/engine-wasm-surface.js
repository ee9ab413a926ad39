// What both WebAssembly engines share: events cross in the module's own memory, into which they are written and from which they
// are read, so that nothing is allocated for one.

import { RawScrubber as Glue } from "../wasm/pumice_wasm.js";

const VERBS = { scrub: 0, decrypt: 1, detokenize: 2 };

/** Longer texts are measured before there is room made for them: a unit of UTF-16 may be three bytes. */
const SHORT = 1 << 16;

/** One large event shall not hold its memory for ever. */
const KEPT = 1 << 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOT_WELL_FORMED = JSON.stringify({ at: null, code: "invalid_utf8", line: null });

/** @type {WebAssembly.Memory} */
let memory;
const NOWHERE = new Uint8Array();
let bytes = NOWHERE;

/** @param {{ memory: WebAssembly.Memory }} exports */
export function attach(exports) {
  memory = exports.memory;
}

/** The module's memory: another array once it has grown. */
function all() {
  if (bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer);
  return bytes;
}

export class RawScrubber {
  /** @type {any} */
  #glue;
  #start = 0;
  #room = 0;
  /** The room in the module's memory: another array once either is elsewhere. */
  #view = NOWHERE;

  /**
   * @param {Uint8Array | Glue} policy the document, or what it became
   * @param {any} options
   */
  constructor(policy, options) {
    if (policy instanceof Glue) {
      this.#glue = policy;
      return;
    }
    if (options.store !== undefined && options.store !== "memory") throw new TypeError('here a store is "memory"');
    this.#glue = new Glue(policy, options);
  }

  get #raw() {
    if (this.#glue === null) throw new Error("the scrubber is closed");
    return this.#glue;
  }

  /**
   * What only a module with keys does; without them it is refused as by a scrubber that was given none.
   *
   * @param {string} name
   * @param {string} [code]
   */
  #keyed(name, code = "needs_keys") {
    const raw = this.#raw;
    if (raw[name] === undefined) throw new Error(JSON.stringify({ at: null, code, line: null }));
    return raw[name].bind(raw);
  }

  /**
   * @param {keyof VERBS} verb
   * @param {string} event
   * @param {string} [account]
   * @param {string} [subject]
   */
  callText(verb, event, account, subject) {
    const length = event.length <= SHORT ? this.#encode(event) : this.#write(this.#encoded(event));
    // With a byte for each unit it is ASCII. What is not may have been mended on the way.
    if (length !== event.length && !event.isWellFormed()) throw new Error(NOT_WELL_FORMED);
    const out = this.#raw.event(VERBS[verb], length, account, subject);
    const start = this.#raw.out();
    const text = decoder.decode(all().subarray(start, start + out));
    this.#trim(out);
    return text;
  }

  /**
   * @param {keyof VERBS} verb
   * @param {Uint8Array} event
   * @param {string} [account]
   * @param {string} [subject]
   */
  callBytes(verb, event, account, subject) {
    // Too large is said by core, of as many bytes as it takes to be so.
    const most = this.#raw.maxEventBytes() + 1;
    const length = this.#write(event.length > most ? event.subarray(0, most) : event);
    const out = this.#raw.event(VERBS[verb], length, account, subject);
    return this.#taken(this.#raw.out(), out);
  }

  /**
   * @param {keyof VERBS} verb
   * @param {Uint8Array} lines
   * @param {boolean} reject
   * @param {string} [account]
   * @param {string} [subject]
   * @param {Uint8Array} [into] where it goes, if there is room for it
   */
  ndjson(verb, lines, reject, account, subject, into) {
    const length = this.#write(lines);
    const [out, rejects, events, rejected, blank] = this.#raw.ndjson(VERBS[verb], length, reject, account, subject);
    const [from, refused] = [this.#raw.out(), this.#raw.rejects()];
    const written = all().subarray(from, from + out);
    const fits = into !== undefined && into.length >= out;
    if (fits) into.set(written);
    const result = { out: fits ? into.subarray(0, out) : written.slice(), rejects: all().slice(refused, refused + rejects), events, rejected, blank };
    this.#trim(out);
    return result;
  }

  /**
   * @param {string[]} values
   * @param {string} account
   * @param {string} field
   */
  decrypt(values, account, field) {
    return this.#keyed("decrypt")(values, account, field);
  }

  /** @param {string[]} tokens */
  detokenize(tokens) {
    return this.#keyed("detokenize")(tokens);
  }

  /**
   * @param {string} account
   * @param {string} subject
   */
  forget(account, subject) {
    return this.#keyed("forget")(account, subject);
  }

  /** @param {string} account */
  forgetAccount(account) {
    return this.#keyed("forgetAccount")(account);
  }

  keyring() {
    return this.#keyed("keyring")();
  }

  records() {
    return this.#keyed("records", "needs_store")();
  }

  report() {
    return this.#raw.report();
  }

  explain() {
    return this.#raw.explain();
  }

  maxEventBytes() {
    return this.#raw.maxEventBytes();
  }

  /** @param {string} policy */
  named(policy) {
    return new RawScrubber(this.#raw.named(policy), {});
  }

  /** @param {Uint8Array} policy */
  reload(policy) {
    this.#raw.reload(policy);
  }

  close() {
    this.#glue?.free();
    this.#glue = null;
  }

  /**
   * Makes room for so many bytes.
   *
   * @param {number} length
   */
  #make(length) {
    if (length > this.#room) {
      this.#room = 0;
      this.#start = this.#raw.room(Math.max(length, 1024));
      this.#room = Math.max(length, 1024);
      this.#view = NOWHERE;
    }
    if (this.#view.length !== this.#room || this.#view.buffer !== memory.buffer) {
      this.#view = all().subarray(this.#start, this.#start + this.#room);
    }
  }

  /** @param {string} text */
  #encode(text) {
    this.#make(text.length * 3);
    return encoder.encodeInto(text, this.#view).written;
  }

  /**
   * The bytes of a text, or as many as are too many.
   *
   * @param {string} text
   */
  #encoded(text) {
    const most = this.#raw.maxEventBytes();
    return text.length > most ? new Uint8Array(most + 1) : encoder.encode(text);
  }

  /** @param {Uint8Array} given */
  #write(given) {
    this.#make(given.length);
    this.#view.set(given);
    return given.length;
  }

  /**
   * @param {number} start
   * @param {number} length
   */
  #taken(start, length) {
    const out = all().slice(start, start + length);
    this.#trim(length);
    return out;
  }

  /** @param {number} out */
  #trim(out) {
    if (Math.max(out, this.#room) > KEPT) {
      this.#raw.trim();
      this.#room = 0;
    }
  }
}
