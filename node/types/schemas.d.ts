export type SchemaOptions = {
    /**
     * told by what is in it if it is not given
     */
    format?: "registry" | "privacy" | "avro" | "json-schema";
    /**
     * the attribute that says what a value is: `"twilio_type"` if nothing is said
     */
    typeAttribute?: string;
    /**
     * the attribute that holds a field's properties: `"letgo.properties"` if nothing is said
     */
    propertiesAttribute?: string;
};
export type SchemaField = {
    selector: string;
    /**
     * a JSON Pointer into the schema
     */
    at: string;
    type: string;
    nullable?: boolean;
    required?: boolean;
    kind?: string;
    tags?: string[];
    entity?: string;
    linked_to?: string;
    role?: "account" | "subject";
    handling?: any;
    doc?: string;
};
export type ReadSchema = {
    name?: string;
    version?: string;
    fields: SchemaField[];
    shape: any;
    warnings?: {
        code: string;
        at: string;
    }[];
};
export type Decision = {
    selector: string;
    pointer: string;
    personal: boolean;
    rule: any;
    by: string;
    at: string | null;
    within: string | null;
};
export type CompiledPolicy = {
    policy: Record<string, any>;
    decisions: Decision[];
    warnings: {
        code: string;
        at: string;
    }[];
};
export type Finding = {
    weight: string;
    code: string;
    document: string;
    at: string;
    field: string | null;
    reservoir: string | null;
    before: string | null;
    after: string | null;
};
export type Review = {
    passes: boolean;
    findings: Finding[];
};
export type Document = object | string | Uint8Array;
/**
 * What is read of a schema. Throws a `PumiceError`: `schema_syntax`, `schema_format` and others of the schema, with `at` in it.
 *
 * @param {Document} schema
 * @param {SchemaOptions} [options]
 * @returns {ReadSchema}
 */
export declare function readSchema(schema: Document, options?: SchemaOptions): ReadSchema;
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
export declare function compilePolicy(schema: Document, governance: Document, reservoir: string, options?: SchemaOptions & {
    strict?: boolean;
}): CompiledPolicy;
/**
 * What a privacy review wants to see of a schema, for one audience or all of them. With `against`, the schema as it was, new
 * fields without a decision fail, and what changed is listed. Throws what `compilePolicy` throws.
 *
 * @param {Document} schema
 * @param {Document} governance
 * @param {SchemaOptions & { against?: Document, reservoir?: string }} [options]
 * @returns {Review}
 */
export declare function reviewSchema(schema: Document, governance: Document, options?: SchemaOptions & {
    against?: Document;
    reservoir?: string;
}): Review;
