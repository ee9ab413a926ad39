/**
 * Every code that a `PumiceError` can have, with what it means.
 *
 * @returns {Record<string, string>}
 */
export declare function codes(): Record<string, string>;
/**
 * What went wrong, and where: never a value and never a key of an event.
 *
 * `code` is the same in every language; `codes()` has them all. `at` is a byte offset into an event, or the selector of a
 * rule or a JSON Pointer into the policy, or `null`. `line` counts from 1 where there are lines.
 */
export declare class PumiceError extends Error {
    /** @readonly */
    name: string;
    /** @readonly */
    code: string;
    /** @readonly */
    at: string | number | null;
    /** @readonly */
    line: number | null;
    /**
     * @param {string} code
     * @param {number | string | null} [at]
     * @param {number | null} [line]
     */
    constructor(code: string, at?: number | string | null, line?: number | null);
}
/**
 * What an engine threw, as what is to be thrown: its errors of core have them as JSON.
 *
 * @param {unknown} error
 * @param {number} [linesBefore]
 * @returns {unknown}
 */
export declare function raised(error: unknown, linesBefore?: number): unknown;
/**
 * What this gives, with what engines throw as what is to be thrown.
 *
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
export declare function attempt<T>(work: () => T): T;
