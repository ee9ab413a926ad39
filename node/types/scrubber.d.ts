export type ScrubberOptions = import("./supplies.js").ScrubberOptions;
export type Verb = "scrub" | "decrypt" | "detokenize";
export type Scrubbed<E extends Event> = E extends string ? string : E extends Uint8Array ? E : Record<string, any>;
export type Event = string | Uint8Array | object;
export type Whose = {
    account?: string;
    subject?: string;
};
export type NdjsonOptions<O extends "fail" | "reject"> = Whose & {
    onError?: O;
    into?: Uint8Array;
};
export type NdjsonResult<B extends Uint8Array> = {
    scrubbed: B;
    rejects: B;
    events: number;
    rejected: number;
    blank: number;
};
export type RuleCounts = {
    /**
     * The name of the rule's policy, if that is one of a set.
     */
    policy?: string;
    selector: string;
    treated: number;
    invalid: number;
    null: number;
    absent: number;
};
export type Report = {
    events: number;
    refused: number;
    unlisted_dropped: number;
    rules: RuleCounts[];
};
export type Explanation = {
    /**
     * The name of the rule's policy, if that is one of a set.
     */
    policy?: string;
    selector: string;
    words: string;
    before: string;
    after: string;
};
/**
 * A policy ready to run.
 *
 * `policy` is an object, or JSON as a string or `Uint8Array`. Throws a `PumiceError` if the policy is wrong or needs what it is
 * not given (`at` is a JSON Pointer into it), or if keys or databases cannot be used; a `TypeError` for options that do not
 * exist or go together.
 */
export declare class Scrubber {
    #private;
    /**
     * @param {object | string | Uint8Array} policy
     * @param {ScrubberOptions} [options]
     */
    constructor(policy: object | string | Uint8Array, options?: ScrubberOptions);
    /**
     * The scrubbed event, as what it is: a string, `Buffer`, `Uint8Array` or object. Of text and bytes every character stays as it
     * was, but for what the policy treats; an object is left as it is, and what comes out is new.
     *
     * Throws a `PumiceError`, and nothing of the event comes out then.
     *
     * @template {Event} E
     * @param {E} event
     * @param {Whose} [whose]
     * @returns {Scrubbed<E>}
     */
    scrub<E extends Event>(event: E, whose?: Whose): Scrubbed<E>;
    /**
     * A scrubbed event as it was before its fields were encrypted; whatever else the policy treats stays as it is.
     *
     * @template {Event} E
     * @param {E} event
     * @param {Whose} [whose]
     * @returns {Scrubbed<E>}
     */
    decryptEvent<E extends Event>(event: E, whose?: Whose): Scrubbed<E>;
    /**
     * A scrubbed event as it was before its fields were tokenized; otherwise like `decryptEvent`.
     *
     * @template {Event} E
     * @param {E} event
     * @param {Whose} [whose]
     * @returns {Scrubbed<E>}
     */
    detokenizeEvent<E extends Event>(event: E, whose?: Whose): Scrubbed<E>;
    /**
     * Scrubs newline-delimited JSON, one event a line; blank lines stay.
     *
     * By default the scrubbed lines, or the `PumiceError` of the first that cannot be scrubbed, with its `line`. With
     * `onError: "reject"` the lines that cannot be scrubbed, each whole, beside those that are.
     *
     * @template {Uint8Array} B
     * @template {"fail" | "reject"} [O="fail"]
     * @param {B} lines
     * @param {NdjsonOptions<O>} [options]
     * @returns {O extends "reject" ? NdjsonResult<B> : B}
     */
    scrubNdjson<B extends Uint8Array, O extends "fail" | "reject" = "fail">(lines: B, options?: NdjsonOptions<O>): O extends "reject" ? NdjsonResult<B> : B;
    /**
     * `decryptEvent` for many lines, like `scrubNdjson`.
     *
     * @template {Uint8Array} B
     * @template {"fail" | "reject"} [O="fail"]
     * @param {B} lines
     * @param {NdjsonOptions<O>} [options]
     * @returns {O extends "reject" ? NdjsonResult<B> : B}
     */
    decryptNdjson<B extends Uint8Array, O extends "fail" | "reject" = "fail">(lines: B, options?: NdjsonOptions<O>): O extends "reject" ? NdjsonResult<B> : B;
    /**
     * `detokenizeEvent` for many lines, like `scrubNdjson`.
     *
     * @template {Uint8Array} B
     * @template {"fail" | "reject"} [O="fail"]
     * @param {B} lines
     * @param {NdjsonOptions<O>} [options]
     * @returns {O extends "reject" ? NdjsonResult<B> : B}
     */
    detokenizeNdjson<B extends Uint8Array, O extends "fail" | "reject" = "fail">(lines: B, options?: NdjsonOptions<O>): O extends "reject" ? NdjsonResult<B> : B;
    /**
     * What this ciphertext of the account and field was: a string, a `Uint8Array`, or any other value of JSON. The field's name
     * is the `id` of its rule, or else the selector.
     *
     * @param {string} value
     * @param {string} account
     * @param {string} field
     * @returns {any}
     */
    decrypt(value: string, account: string, field: string): any;
    /**
     * `decrypt` for many values: for each what it was, or the `PumiceError` that says why not.
     *
     * @param {string[]} values
     * @param {string} account
     * @param {string} field
     * @returns {any[]}
     */
    decryptBulk(values: string[], account: string, field: string): any[];
    /**
     * What this token stands for. It says itself whose it is.
     *
     * @param {string} token
     * @returns {any}
     */
    detokenize(token: string): any;
    /**
     * `detokenize` for many tokens: for each what it stands for, or the `PumiceError` that says why not.
     *
     * @param {string[]} tokens
     * @returns {any[]}
     */
    detokenizeBulk(tokens: string[]): any[];
    /**
     * Forgets a subject in an account: its tokens there are dead, and what was encrypted under its key. Gives back how many
     * records of keys were deleted.
     *
     * @param {string} account
     * @param {string} subject
     * @returns {number}
     */
    forget(account: string, subject: string): number;
    /**
     * Destroys an account's keys: whatever was encrypted or tokenized for it is dead. Gives back the keyring without them, to be
     * written where it was read from: as long as that has them, they are not gone.
     *
     * @param {string} account
     * @returns {Uint8Array}
     */
    forgetAccount(account: string): Uint8Array;
    /**
     * The keyring as it is now: a document to be written where it was read from.
     *
     * @returns {Uint8Array}
     */
    keyring(): Uint8Array;
    /**
     * The records of a store in memory, to be kept like the keyring: wrapped keys, which only its root can read. After `forget`, copies
     * that still have the subject's record have to go.
     *
     * @returns {Uint8Array}
     */
    records(): Uint8Array;
    /**
     * Counts of what was done so far, by rule and outcome; never a value, nor a key of an event.
     *
     * @returns {Report}
     */
    report(): Report;
    /**
     * The policy in words: one row for each rule, and one for all that no rule names.
     *
     * @returns {Explanation[]}
     */
    explain(): Explanation[];
    /**
     * The largest event that is taken, in bytes.
     *
     * @returns {number}
     */
    get maxEventBytes(): number;
    /**
     * The scrubber of one policy of the set, whatever events say of it: for events that do not name theirs. It shares all with this
     * one: keys, counts and `reload`; but each of them is closed by itself.
     *
     * Throws a `PumiceError` if there is no such policy (`unknown_policy`).
     *
     * @param {string} policy
     * @returns {Scrubber}
     */
    named(policy: string): Scrubber;
    /**
     * Puts another policy, or set of them, in place of the one that holds, at once. Throws as the constructor does, and changes
     * nothing then.
     *
     * @param {object | string | Uint8Array} policy
     * @returns {void}
     */
    reload(policy: object | string | Uint8Array): void;
    /** Lets go of keys and store, whose file others may then open. The scrubber cannot be used after that. */
    close(): void;
}
