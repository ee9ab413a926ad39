export type Scrubber = import("./scrubber.js").Scrubber;
export type Whose = import("./scrubber.js").Whose;
export type Verb = import("./scrubber.js").Verb;
/** @typedef {import("./scrubber.js").Scrubber} Scrubber */
/** @typedef {import("./scrubber.js").Whose} Whose */
/** @typedef {import("./scrubber.js").Verb} Verb */
/**
 * Scrubs newline-delimited JSON on its way, whatever chunks it comes in: bytes or strings in, bytes out.
 *
 * A line that cannot be scrubbed ends the stream with its `PumiceError`, which has the `line`. With `rejects` it goes there
 * instead, whole; that stream is not closed. Memory is bounded by the largest chunk and the largest event.
 */
export declare class ScrubTransformStream extends TransformStream {
    #private;
    /**
     * @param {Scrubber} scrubber
     * @param {Whose & { verb?: Verb, rejects?: WritableStream<Uint8Array> }} [options]
     */
    constructor(scrubber: Scrubber, options?: Whose & {
        verb?: Verb;
        rejects?: WritableStream<Uint8Array>;
    });
    /**
     * Lines so far: events that were scrubbed, those rejected, and blank ones.
     *
     * @returns {{ events: number, rejected: number, blank: number }}
     */
    get counts(): {
        events: number;
        rejected: number;
        blank: number;
    };
}
