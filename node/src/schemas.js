// The module `pumice/schemas`: policies out of schemas and governance documents. What it does is the engine's.

import { compilePolicy as rawCompile, readSchema as rawRead, reviewSchema as rawReview } from "#schemas";
import { text } from "./bytes.js";
import { attempt } from "./error.js";
import { checked, flag } from "./supplies.js";
import { document } from "./value.js";

/**
 * How a schema is written.
 *
 * @typedef {object} SchemaOptions
 * @property {"registry" | "privacy" | "avro" | "json-schema"} [format] told by what is in it if it is not given
 * @property {string} [typeAttribute] the attribute that says what a value is: `"twilio_type"` if nothing is said
 * @property {string} [propertiesAttribute] the attribute that holds a field's properties: `"letgo.properties"` if nothing is said
 */

/**
 * A field of a schema, at one place of an event. What the schema does not say of it is not there.
 *
 * @typedef {object} SchemaField
 * @property {string} selector
 * @property {string} at a JSON Pointer into the schema
 * @property {string} type
 * @property {boolean} [nullable]
 * @property {boolean} [required]
 * @property {string} [kind]
 * @property {string[]} [tags]
 * @property {string} [entity]
 * @property {string} [linked_to]
 * @property {"account" | "subject"} [role]
 * @property {any} [handling]
 * @property {string} [doc]
 */

/**
 * What is read of a schema. `shape` is what a policy may hold events to; `warnings` are of what was passed over.
 *
 * @typedef {object} ReadSchema
 * @property {string} [name]
 * @property {string} [version]
 * @property {SchemaField[]} fields
 * @property {any} shape
 * @property {{ code: string, at: string }[]} [warnings]
 */

/**
 * What is done with one field, and which rule decided it: `by` in words, `at` in the governance document.
 *
 * @typedef {object} Decision
 * @property {string} selector
 * @property {string} pointer
 * @property {boolean} personal
 * @property {any} rule
 * @property {string} by
 * @property {string | null} at
 * @property {string | null} within
 */

/**
 * A policy out of a schema and a governance document.
 *
 * @typedef {object} CompiledPolicy
 * @property {Record<string, any>} policy
 * @property {Decision[]} decisions
 * @property {{ code: string, at: string }[]} warnings
 */

/**
 * One thing that a review found.
 *
 * @typedef {object} Finding
 * @property {string} weight
 * @property {string} code
 * @property {string} document
 * @property {string} at
 * @property {string | null} field
 * @property {string | null} reservoir
 * @property {string | null} before
 * @property {string | null} after
 */

/**
 * @typedef {object} Review
 * @property {boolean} passes
 * @property {Finding[]} findings
 */

/** @typedef {object | string | Uint8Array} Document an object, or JSON as text or bytes */

const WRITTEN = { format: text, typeAttribute: text, propertiesAttribute: text };
const COMPILED = { ...WRITTEN, strict: flag };
const REVIEWED = { ...WRITTEN, reservoir: text, against: document };

/**
 * What is read of a schema. Throws a `PumiceError`: `schema_syntax`, `schema_format` and others of the schema, with `at` in it.
 *
 * @param {Document} schema
 * @param {SchemaOptions} [options]
 * @returns {ReadSchema}
 */
export function readSchema(schema, options = {}) {
  const given = checked(options, WRITTEN);
  return JSON.parse(attempt(() => rawRead(document(schema), given)));
}

/**
 * The policy of an audience, and for each field what decided it. With `strict` the policy refuses events that are not what the
 * schema says.
 *
 * Throws a `PumiceError`: those of `readSchema`; `policy_syntax` and others of the governance document, `unknown_reservoir`,
 * `contradictory_rules`, `incomplete_rule`.
 *
 * @param {Document} schema
 * @param {Document} governance
 * @param {string} reservoir
 * @param {SchemaOptions & { strict?: boolean }} [options]
 * @returns {CompiledPolicy}
 */
export function compilePolicy(schema, governance, reservoir, options = {}) {
  const given = checked(options, COMPILED);
  const audience = text(reservoir, "reservoir");
  return JSON.parse(attempt(() => rawCompile(document(schema), document(governance), audience, given)));
}

/**
 * What a privacy review wants to see of a schema, for one audience or all of them. With `against`, the schema as it was, new
 * fields without a decision fail, and what changed is listed. Throws what `compilePolicy` throws.
 *
 * @param {Document} schema
 * @param {Document} governance
 * @param {SchemaOptions & { against?: Document, reservoir?: string }} [options]
 * @returns {Review}
 */
export function reviewSchema(schema, governance, options = {}) {
  const given = checked(options, REVIEWED);
  return JSON.parse(attempt(() => rawReview(document(schema), document(governance), given)));
}
