// What a scrubber is given beside its policy, checked for kind; knows no content.

import { isBytes, own, text, utf8 } from "./bytes.js";

/**
 * @typedef {object} ScrubberOptions
 * @property {Uint8Array} [geo] an mmdb, for rules that add a place to an address
 * @property {Uint8Array} [uap] uap-core's `regexes.yaml`, for `"engine": "uap"`; not in WebAssembly
 * @property {Uint8Array} [keyring] the keyring's document, for rules that encrypt, tokenize or hash
 * @property {Uint8Array | string} [rootKey] the root of the keyring: 32 bytes, or their spelling
 * @property {string} [passphrase] the root of the keyring, if it was made by one
 * @property {string} [store] where subjects' keys are: `"memory"`; in Node also the path of a file, which one scrubber at a time
 *   has, or of a directory (it is one, or the path ends in `/`), which many processes share. It is made if it is not there
 * @property {Uint8Array} [records] what a store in memory begins with, as `records()` gave it
 * @property {string} [account] whose all events are, instead of what the policy says
 * @property {string} [subject]
 * @property {boolean} [ownerByCall] account and subject come with each call where the policy does not say where they are
 * @property {number} [maxEventBytes] the largest event that is taken; 16 MiB if nothing is said
 */

/** @type {Record<string, (value: any, name: string) => unknown>} */
const KINDS = {
  geo: bytes,
  uap: bytes,
  keyring: bytes,
  rootKey: (value, name) => (typeof value === "string" ? utf8(value) : bytes(value, name)),
  passphrase: text,
  store: text,
  records: bytes,
  account: text,
  subject: text,
  ownerByCall: flag,
  maxEventBytes: count,
};

/**
 * @param {ScrubberOptions} options
 * @returns {Record<string, unknown>}
 */
export function supplies(options) {
  const given = checked(options, KINDS);
  const roots = Number("rootKey" in given) + Number("passphrase" in given);
  if (roots > 1) throw new TypeError("rootKey and passphrase are one too many");
  if ("keyring" in given && roots === 0) throw new TypeError("keyring needs rootKey or passphrase");
  if (!("keyring" in given) && (roots > 0 || "store" in given)) throw new TypeError("rootKey, passphrase and store need keyring");
  if ("records" in given && given.store !== "memory") throw new TypeError('records need store: "memory"');
  return given;
}

/**
 * The options that are given, each checked by its kind; one that nobody knows is a mistake.
 *
 * @param {any} options
 * @param {Record<string, (value: any, name: string) => unknown>} kinds
 * @returns {Record<string, any>}
 */
export function checked(options, kinds) {
  if (typeof options !== "object" || options === null) throw new TypeError("options are an object");
  /** @type {Record<string, unknown>} */
  const given = {};
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, name)) throw new TypeError(`there is no option ${JSON.stringify(name)}`);
    if (value !== undefined) given[name] = /** @type {any} */ (kinds)[name](value, name);
  }
  return given;
}

/**
 * @param {any} value
 * @param {string} name
 */
export function bytes(value, name) {
  if (!isBytes(value)) throw new TypeError(`${name} is a Uint8Array`);
  return own(value);
}

/**
 * @param {any} value
 * @param {string} name
 */
export function flag(value, name) {
  if (typeof value !== "boolean") throw new TypeError(`${name} is true or false`);
  return value;
}

/**
 * @param {any} value
 * @param {string} name
 */
function count(value, name) {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new TypeError(`${name} is a whole number below 2^32`);
  return value;
}
