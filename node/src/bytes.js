// Bytes and text as callers give them and want them back; knows no event.

import { PumiceError } from "./error.js";

const NodeBuffer = globalThis.Buffer;
const encoder = new TextEncoder();

/**
 * Whether it is a `Uint8Array`, of whichever realm.
 *
 * @param {any} value
 * @returns {value is Uint8Array}
 */
export function isBytes(value) {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && /** @type {any} */ (value)[Symbol.toStringTag] === "Uint8Array");
}

/**
 * The same bytes, where no other thread can change them, and that are not gone.
 *
 * @param {Uint8Array} bytes
 */
export function own(bytes) {
  if (bytes.length === 0) return new Uint8Array(0);
  const { buffer } = bytes;
  if (Object.getPrototypeOf(buffer) === ArrayBuffer.prototype) return bytes;
  return Object.prototype.toString.call(buffer) === "[object ArrayBuffer]" ? bytes : new Uint8Array(bytes);
}

/**
 * Bytes as the kind that came in: a `Buffer` for a `Buffer`, else a `Uint8Array` with its memory for itself.
 *
 * @param {Uint8Array} given
 * @param {Uint8Array} bytes
 */
export function alike(given, bytes) {
  if (NodeBuffer?.isBuffer(given)) return NodeBuffer.isBuffer(bytes) ? bytes : view(given, bytes);
  return bytes.length === bytes.buffer.byteLength && !NodeBuffer?.isBuffer(bytes) ? bytes : new Uint8Array(bytes);
}

/**
 * The same, of bytes that stay where they are.
 *
 * @param {Uint8Array} given
 * @param {Uint8Array} bytes
 */
export function view(given, { buffer, byteOffset, length }) {
  return NodeBuffer?.isBuffer(given) ? NodeBuffer.from(buffer, byteOffset, length) : new Uint8Array(buffer, byteOffset, length);
}

/**
 * A string without lone surrogates.
 *
 * @param {unknown} value
 * @param {string} name what it is called, if it is no string
 * @returns {string}
 */
export function text(value, name) {
  if (typeof value !== "string") throw new TypeError(`${name} is a string`);
  if (!value.isWellFormed()) throw new PumiceError("invalid_utf8");
  return value;
}

/**
 * The UTF-8 of a string.
 *
 * @param {string} value
 * @returns {Uint8Array}
 */
export function utf8(value) {
  return encoder.encode(text(value, "a text"));
}

/**
 * What base64url, unpadded, spells.
 *
 * @param {string} spelled
 */
export function fromBase64(spelled) {
  const binary = atob(spelled.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
