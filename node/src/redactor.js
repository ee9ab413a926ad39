// Single values by type and options; keeps the redactors that were asked for last.

import { RawRedactor } from "#engine";
import { text } from "./bytes.js";
import { attempt } from "./error.js";
import { bytes, checked } from "./supplies.js";
import { json } from "./value.js";

/** How many redactors `redact` keeps. */
const KEPT = 64;

/** @type {Map<string, Redactor>} */
const kept = new Map();

/**
 * Redacts single values by their type, with the options that a rule of a policy would have.
 *
 * `geo` (an mmdb) and `uap` (uap-core's `regexes.yaml`) are for options that need them. Throws a `PumiceError` for an unknown
 * type or option, or a database that is needed and missing.
 */
export class Redactor {
  #raw;

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [options]
   * @param {{ geo?: Uint8Array, uap?: Uint8Array }} [databases]
   */
  constructor(type, options = {}, databases = {}) {
    const { geo, uap } = checked(databases, { geo: bytes, uap: bytes });
    const document = json(options);
    this.#raw = attempt(() => new RawRedactor(text(type, "type"), document, geo, uap));
  }

  /**
   * The redacted value: of a string or number, or of each in an array or object. `null` stays `null`.
   *
   * Throws a `PumiceError`: `invalid_value` if it cannot be read as its type; `invalid_json` if it has what JSON cannot hold.
   *
   * @param {unknown} value
   * @returns {any}
   */
  redact(value) {
    const document = json(value);
    return JSON.parse(attempt(() => this.#raw.redact(document)));
  }
}

/**
 * The redacted value, by type and options of a rule: of a string or number, or of each in an array or object. For what needs
 * a database, make a `Redactor`.
 *
 * @param {string} type
 * @param {unknown} value
 * @param {Record<string, unknown>} [options]
 * @returns {any}
 */
export function redact(type, value, options = {}) {
  const key = `${type} ${json(options)}`;
  let redactor = kept.get(key);
  if (redactor === undefined) {
    redactor = new Redactor(type, options);
    const [oldest] = kept.keys();
    if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
  } else {
    // To the end: the first is the one that was not asked for longest.
    kept.delete(key);
  }
  kept.set(key, redactor);
  return redactor.redact(value);
}
