/**
 * Redacts single values by their type, with the options that a rule of a policy would have.
 *
 * `geo` (an mmdb) and `uap` (uap-core's `regexes.yaml`) are for options that need them. Throws a `PumiceError` for an unknown
 * type or option, or a database that is needed and missing.
 */
export declare class Redactor {
    #private;
    /**
     * @param {string} type
     * @param {Record<string, unknown>} [options]
     * @param {{ geo?: Uint8Array, uap?: Uint8Array }} [databases]
     */
    constructor(type: string, options?: Record<string, unknown>, databases?: {
        geo?: Uint8Array;
        uap?: Uint8Array;
    });
    /**
     * The redacted value: of a string or number, or of each in an array or object. `null` stays `null`.
     *
     * Throws a `PumiceError`: `invalid_value` if it cannot be read as its type; `invalid_json` if it has what JSON cannot hold.
     *
     * @param {unknown} value
     * @returns {any}
     */
    redact(value: unknown): any;
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
export declare function redact(type: string, value: unknown, options?: Record<string, unknown>): any;
