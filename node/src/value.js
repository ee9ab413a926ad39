// JavaScript's values as JSON text, read strictly; knows no policy.
//
// What comes out is what `JSON.stringify` would make of the value. Where that would quietly leave something out or put `null`
// in its place, the value is refused. Each property is read once, and nothing is written to.

import { isBytes, own, utf8 } from "./bytes.js";
import { PumiceError } from "./error.js";

/** Deeper than core reads: it is core that says what is too deep, but for what has no end. */
const DEPTH = 200;

const NEEDS_ESCAPES = /["\\\u0000-\u001f\ud800-\udfff]/;

const tagOf = Object.prototype.toString;

/**
 * The JSON text of a value.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function json(value) {
  try {
    return write(value, "", 0);
  } catch (error) {
    // What a getter, a proxy or `toJSON` throws may quote anything.
    throw error instanceof PumiceError ? error : new PumiceError("invalid_json");
  }
}

/**
 * The bytes of a document that is an object, or JSON as text or bytes.
 *
 * @param {object | string | Uint8Array} document
 * @returns {Uint8Array}
 */
export function document(document) {
  return isBytes(document) ? own(document) : utf8(typeof document === "string" ? document : json(document));
}

/**
 * @param {any} value
 * @param {string} key
 * @param {number} depth
 * @returns {string}
 */
function write(value, key, depth) {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      if (!Number.isFinite(value)) throw new PumiceError("invalid_json");
      return `${value}`;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : writeObject(value, key, depth);
    default:
      throw new PumiceError("invalid_json");
  }
}

/**
 * @param {any} value
 * @param {string} key
 * @param {number} depth
 */
function writeObject(value, key, depth) {
  if (depth > DEPTH) throw new PumiceError("too_deep");
  const toJson = value.toJSON;
  if (typeof toJson === "function") {
    const plain = toJson.call(value, key);
    if (typeof plain !== "object" || plain === null) return write(plain, key, depth);
    value = plain;
  }
  if (Array.isArray(value)) return writeArray(value, depth);
  // Maps, sets, errors, promises, boxed values, arrays of bytes: what they hold is not in their properties.
  const isPlain = Object.getPrototypeOf(value) === Object.prototype || tagOf.call(value) === "[object Object]";
  if (!isPlain) throw new PumiceError("invalid_json");
  let text = "";
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text === "" ? "{" : ","}${quote(name)}:${write(member, name, depth + 1)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

/**
 * @param {unknown[]} items
 * @param {number} depth
 */
function writeArray(items, depth) {
  const { length } = items;
  let text = "[";
  for (let at = 0; at < length; at += 1) {
    if (at > 0) text += ",";
    text += write(items[at], `${at}`, depth + 1);
  }
  return `${text}]`;
}

/** @param {string} text */
function quote(text) {
  if (!NEEDS_ESCAPES.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new PumiceError("invalid_utf8");
  return JSON.stringify(text);
}
