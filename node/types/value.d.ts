/**
 * The JSON text of a value.
 *
 * @param {unknown} value
 * @returns {string}
 */
export declare function json(value: unknown): string;
