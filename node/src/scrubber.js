// The class `Scrubber`: a policy ready to run. What it does is the engine's.

import { RawScrubber } from "#engine";
import { alike, fromBase64, isBytes, own, text, view } from "./bytes.js";
import { PumiceError, attempt, raised } from "./error.js";
import { bytes, checked, supplies } from "./supplies.js";
import { document, json } from "./value.js";

/** @typedef {import("./supplies.js").ScrubberOptions} ScrubberOptions */

/** @typedef {"scrub" | "decrypt" | "detokenize"} Verb */

/**
 * What comes out for an event: the same kind.
 *
 * @template {Event} E
 * @typedef {E extends string ? string : E extends Uint8Array ? E : Record<string, any>} Scrubbed
 */

/** @typedef {string | Uint8Array | object} Event */

/**
 * Whose an event is, whatever it says.
 *
 * @typedef {object} Whose
 * @property {string} [account]
 * @property {string} [subject]
 */

/**
 * With `into` the scrubbed lines are put at its head, if there is room for them, and what comes back is a view of it: memory that
 * is used again costs less than new memory for each call.
 *
 * @template {"fail" | "reject"} O
 * @typedef {Whose & { onError?: O, into?: Uint8Array }} NdjsonOptions
 */

/**
 * What became of many lines: those that were scrubbed, those that could not be, and how many of each.
 *
 * @template {Uint8Array} B
 * @typedef {object} NdjsonResult
 * @property {B} scrubbed
 * @property {B} rejects
 * @property {number} events
 * @property {number} rejected
 * @property {number} blank
 */

/**
 * What happened to the values of one rule: `absent` counts events in which it found nothing.
 *
 * @typedef {object} RuleCounts
 * @property {string} [policy] The name of the rule's policy, if that is one of a set.
 * @property {string} selector
 * @property {number} treated
 * @property {number} invalid
 * @property {number} null
 * @property {number} absent
 */

/**
 * What a scrubber has done so far. Safe to log: it is made of the policy's words and of numbers.
 *
 * @typedef {object} Report
 * @property {number} events
 * @property {number} refused
 * @property {number} unlisted_dropped
 * @property {RuleCounts[]} rules
 */

/**
 * What happens to one field, in words, with an example as JSON. The last is for all that no rule names: its `selector` is
 * empty.
 *
 * @typedef {object} Explanation
 * @property {string} [policy] The name of the rule's policy, if that is one of a set.
 * @property {string} selector
 * @property {string} words
 * @property {string} before
 * @property {string} after
 */

/**
 * What streams need of a scrubber: its engine's lines, with all counts.
 *
 * @internal
 * @type {(scrubber: Scrubber, verb: Verb, lines: Uint8Array, reject: boolean, whose: Whose) => import("#engine").RawLines}
 */
export let ndjson;

/** @type {Whose} */
const NOBODY = Object.freeze({});

const WHOSE = { account: text, subject: text };
const NDJSON = { ...WHOSE, onError: choice, into: room };

/**
 * A policy ready to run.
 *
 * `policy` is an object, or JSON as a string or `Uint8Array`. Throws a `PumiceError` if the policy is wrong or needs what it is
 * not given (`at` is a JSON Pointer into it), or if keys or databases cannot be used; a `TypeError` for options that do not
 * exist or go together.
 */
export class Scrubber {
  #raw;

  static {
    ndjson = (scrubber, verb, lines, reject, { account, subject }) =>
      scrubber.#raw.ndjson(verb, lines, reject, account, subject);
  }

  /**
   * @param {object | string | Uint8Array} policy
   * @param {ScrubberOptions} [options]
   */
  constructor(policy, options = {}) {
    if (policy instanceof RawScrubber) {
      this.#raw = policy;
      return;
    }
    const given = supplies(options);
    this.#raw = attempt(() => new RawScrubber(document(policy), given));
  }

  /**
   * The scrubbed event, as what it is: a string, `Buffer`, `Uint8Array` or object. Of text and bytes every character stays as it
   * was, but for what the policy treats; an object is left as it is, and what comes out is new.
   *
   * Throws a `PumiceError`, and nothing of the event comes out then.
   *
   * @template {Event} E
   * @param {E} event
   * @param {Whose} [whose]
   * @returns {Scrubbed<E>}
   */
  scrub(event, whose) {
    return this.#event("scrub", event, whose);
  }

  /**
   * A scrubbed event as it was before its fields were encrypted; whatever else the policy treats stays as it is.
   *
   * @template {Event} E
   * @param {E} event
   * @param {Whose} [whose]
   * @returns {Scrubbed<E>}
   */
  decryptEvent(event, whose) {
    return this.#event("decrypt", event, whose);
  }

  /**
   * A scrubbed event as it was before its fields were tokenized; otherwise like `decryptEvent`.
   *
   * @template {Event} E
   * @param {E} event
   * @param {Whose} [whose]
   * @returns {Scrubbed<E>}
   */
  detokenizeEvent(event, whose) {
    return this.#event("detokenize", event, whose);
  }

  /**
   * Scrubs newline-delimited JSON, one event a line; blank lines stay.
   *
   * By default the scrubbed lines, or the `PumiceError` of the first that cannot be scrubbed, with its `line`. With
   * `onError: "reject"` the lines that cannot be scrubbed, each whole, beside those that are.
   *
   * @template {Uint8Array} B
   * @template {"fail" | "reject"} [O="fail"]
   * @param {B} lines
   * @param {NdjsonOptions<O>} [options]
   * @returns {O extends "reject" ? NdjsonResult<B> : B}
   */
  scrubNdjson(lines, options) {
    return this.#ndjson("scrub", lines, options);
  }

  /**
   * `decryptEvent` for many lines, like `scrubNdjson`.
   *
   * @template {Uint8Array} B
   * @template {"fail" | "reject"} [O="fail"]
   * @param {B} lines
   * @param {NdjsonOptions<O>} [options]
   * @returns {O extends "reject" ? NdjsonResult<B> : B}
   */
  decryptNdjson(lines, options) {
    return this.#ndjson("decrypt", lines, options);
  }

  /**
   * `detokenizeEvent` for many lines, like `scrubNdjson`.
   *
   * @template {Uint8Array} B
   * @template {"fail" | "reject"} [O="fail"]
   * @param {B} lines
   * @param {NdjsonOptions<O>} [options]
   * @returns {O extends "reject" ? NdjsonResult<B> : B}
   */
  detokenizeNdjson(lines, options) {
    return this.#ndjson("detokenize", lines, options);
  }

  /**
   * What this ciphertext of the account and field was: a string, a `Uint8Array`, or any other value of JSON. The field's name
   * is the `id` of its rule, or else the selector.
   *
   * @param {string} value
   * @param {string} account
   * @param {string} field
   * @returns {any}
   */
  decrypt(value, account, field) {
    return only(this.decryptBulk([value], account, field));
  }

  /**
   * `decrypt` for many values: for each what it was, or the `PumiceError` that says why not.
   *
   * @param {string[]} values
   * @param {string} account
   * @param {string} field
   * @returns {any[]}
   */
  decryptBulk(values, account, field) {
    const [account_, field_] = [text(account, "account"), text(field, "field")];
    return opened(attempt(() => this.#raw.decrypt(texts(values, "values"), account_, field_)));
  }

  /**
   * What this token stands for. It says itself whose it is.
   *
   * @param {string} token
   * @returns {any}
   */
  detokenize(token) {
    return only(this.detokenizeBulk([token]));
  }

  /**
   * `detokenize` for many tokens: for each what it stands for, or the `PumiceError` that says why not.
   *
   * @param {string[]} tokens
   * @returns {any[]}
   */
  detokenizeBulk(tokens) {
    return opened(attempt(() => this.#raw.detokenize(texts(tokens, "tokens"))));
  }

  /**
   * Forgets a subject in an account: its tokens there are dead, and what was encrypted under its key. Gives back how many
   * records of keys were deleted.
   *
   * @param {string} account
   * @param {string} subject
   * @returns {number}
   */
  forget(account, subject) {
    return attempt(() => this.#raw.forget(text(account, "account"), text(subject, "subject")));
  }

  /**
   * Destroys an account's keys: whatever was encrypted or tokenized for it is dead. Gives back the keyring without them, to be
   * written where it was read from: as long as that has them, they are not gone.
   *
   * @param {string} account
   * @returns {Uint8Array}
   */
  forgetAccount(account) {
    return attempt(() => this.#raw.forgetAccount(text(account, "account")));
  }

  /**
   * The keyring as it is now: a document to be written where it was read from.
   *
   * @returns {Uint8Array}
   */
  keyring() {
    return attempt(() => this.#raw.keyring());
  }

  /**
   * The records of a store in memory, to be kept like the keyring: wrapped keys, which only its root can read. After `forget`, copies
   * that still have the subject's record have to go.
   *
   * @returns {Uint8Array}
   */
  records() {
    return attempt(() => this.#raw.records());
  }

  /**
   * Counts of what was done so far, by rule and outcome; never a value, nor a key of an event.
   *
   * @returns {Report}
   */
  report() {
    return JSON.parse(attempt(() => this.#raw.report()));
  }

  /**
   * The policy in words: one row for each rule, and one for all that no rule names.
   *
   * @returns {Explanation[]}
   */
  explain() {
    return JSON.parse(attempt(() => this.#raw.explain()));
  }

  /**
   * The largest event that is taken, in bytes.
   *
   * @returns {number}
   */
  get maxEventBytes() {
    return attempt(() => this.#raw.maxEventBytes());
  }

  /**
   * The scrubber of one policy of the set, whatever events say of it: for events that do not name theirs. It shares all with this
   * one: keys, counts and `reload`; but each of them is closed by itself.
   *
   * Throws a `PumiceError` if there is no such policy (`unknown_policy`).
   *
   * @param {string} policy
   * @returns {Scrubber}
   */
  named(policy) {
    return attempt(() => new Scrubber(this.#raw.named(text(policy, "policy"))));
  }

  /**
   * Puts another policy, or set of them, in place of the one that holds, at once. Throws as the constructor does, and changes
   * nothing then.
   *
   * @param {object | string | Uint8Array} policy
   * @returns {void}
   */
  reload(policy) {
    attempt(() => this.#raw.reload(document(policy)));
  }

  /** Lets go of keys and store, whose file others may then open. The scrubber cannot be used after that. */
  close() {
    this.#raw.close();
  }

  /**
   * @param {Verb} verb
   * @param {any} event
   * @param {Whose} [whose]
   * @returns {any}
   */
  #event(verb, event, whose) {
    const { account, subject } = whose === undefined ? NOBODY : checked(whose, WHOSE);
    try {
      if (typeof event === "string") return this.#raw.callText(verb, event, account, subject);
      if (isBytes(event)) return alike(event, this.#raw.callBytes(verb, own(event), account, subject));
      if (typeof event !== "object" || event === null) throw new PumiceError("invalid_json");
      return JSON.parse(this.#raw.callText(verb, json(event), account, subject));
    } catch (error) {
      throw raised(error);
    }
  }

  /**
   * @param {Verb} verb
   * @param {Uint8Array} lines
   * @param {object} [options]
   * @returns {any}
   */
  #ndjson(verb, lines, options = {}) {
    const { account, subject, onError, into } = checked(options, NDJSON);
    const reject = onError === "reject";
    const given = bytes(lines, "lines");
    const { out, rejects, ...counts } = attempt(() => this.#raw.ndjson(verb, given, reject, account, subject, into));
    const scrubbed = out.buffer === into?.buffer ? view(lines, out) : alike(lines, out);
    return reject ? { scrubbed, rejects: alike(lines, rejects), ...counts } : scrubbed;
  }
}

/** @param {unknown} value */
function choice(value) {
  if (value !== "fail" && value !== "reject") throw new TypeError("onError is \"fail\" or \"reject\"");
  return value;
}

/** @param {unknown} value */
function room(value) {
  const given = bytes(value, "into");
  // What is shared was copied, and the copy is not what the caller looks at.
  if (given !== value && given.length > 0) throw new TypeError("into is memory that no other thread sees");
  return given;
}

/**
 * @param {unknown} values
 * @param {string} name
 */
function texts(values, name) {
  if (!Array.isArray(values)) throw new TypeError(`${name} are an array of strings`);
  return Array.from(values, (value) => text(value, name));
}

/**
 * The rows of an engine: each a value, bytes or an error.
 *
 * @param {string} rows
 * @returns {any[]}
 */
function opened(rows) {
  return JSON.parse(rows).map((/** @type {any} */ { value, base64, error }) => {
    if (error) return new PumiceError(error.code, error.at, error.line);
    return base64 === undefined ? value : fromBase64(base64);
  });
}

/** @param {any[]} rows */
function only([row]) {
  if (row instanceof PumiceError) throw row;
  return row;
}
