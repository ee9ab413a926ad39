/**
 * The JSON text of a value.
 *
 * @param {unknown} value
 * @returns {string}
 */
export declare function json(value: unknown): string;
/**
 * The bytes of a document that is an object, or JSON as text or bytes.
 *
 * @param {object | string | Uint8Array} document
 * @returns {Uint8Array}
 */
export declare function document(document: object | string | Uint8Array): Uint8Array;
