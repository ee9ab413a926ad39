/**
 * Whether it is a `Uint8Array`, of whichever realm.
 *
 * @param {any} value
 * @returns {value is Uint8Array}
 */
export declare function isBytes(value: any): value is Uint8Array;
/**
 * The same bytes, where no other thread can change them, and that are not gone.
 *
 * @param {Uint8Array} bytes
 */
export declare function own(bytes: Uint8Array): Uint8Array<ArrayBufferLike>;
/**
 * Bytes as the kind that came in: a `Buffer` for a `Buffer`, else a `Uint8Array` with its memory for itself.
 *
 * @param {Uint8Array} given
 * @param {Uint8Array} bytes
 */
export declare function alike(given: Uint8Array, bytes: Uint8Array): Buffer<ArrayBufferLike> | Uint8Array<ArrayBufferLike>;
/**
 * The same, of bytes that stay where they are.
 *
 * @param {Uint8Array} given
 * @param {Uint8Array} bytes
 */
export declare function view(given: Uint8Array, { buffer, byteOffset, length }: Uint8Array): Buffer<ArrayBufferLike> | Uint8Array<ArrayBufferLike>;
/**
 * A string without lone surrogates.
 *
 * @param {unknown} value
 * @param {string} name what it is called, if it is no string
 * @returns {string}
 */
export declare function text(value: unknown, name: string): string;
/**
 * The UTF-8 of a string.
 *
 * @param {string} value
 * @returns {Uint8Array}
 */
export declare function utf8(value: string): Uint8Array;
/**
 * What base64url, unpadded, spells.
 *
 * @param {string} spelled
 */
export declare function fromBase64(spelled: string): Uint8Array<ArrayBuffer>;
