// What is thrown; knows no value of an event.

import { codes as rawCodes } from "#engine";

/** @type {Record<string, string> | undefined} */
let meanings;

/**
 * Every code that a `PumiceError` can have, with what it means.
 *
 * @returns {Record<string, string>}
 */
export function codes() {
  meanings ??= /** @type {Record<string, string>} */ (JSON.parse(rawCodes()));
  return { ...meanings };
}

/**
 * What went wrong, and where: never a value and never a key of an event.
 *
 * `code` is the same in every language; `codes()` has them all. `at` is a byte offset into an event, or the selector of a
 * rule or a JSON Pointer into the policy, or `null`. `line` counts from 1 where there are lines.
 */
export class PumiceError extends Error {
  /**
   * @param {string} code
   * @param {number | string | null} [at]
   * @param {number | null} [line]
   */
  constructor(code, at = null, line = null) {
    const place = typeof at === "number" ? ` at byte ${at}` : at ? ` at ${at}` : "";
    super(`${code}${line === null ? "" : ` on line ${line}`}${place}: ${codes()[code]}`);
    /** @readonly */
    this.name = "PumiceError";
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.at = at;
    /** @readonly */
    this.line = line;
  }
}

/**
 * What an engine threw, as what is to be thrown: its errors of core have them as JSON.
 *
 * @param {unknown} error
 * @param {number} [linesBefore]
 * @returns {unknown}
 */
export function raised(error, linesBefore = 0) {
  if (!(error instanceof Error) || !error.message.startsWith('{"at":')) return error;
  const { code, at, line } = JSON.parse(error.message);
  return new PumiceError(code, at, line === null ? null : line + linesBefore);
}

/**
 * What this gives, with what engines throw as what is to be thrown.
 *
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
export function attempt(work) {
  try {
    return work();
  } catch (error) {
    throw raised(error);
  }
}
