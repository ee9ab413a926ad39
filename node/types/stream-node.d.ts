import { Transform } from "node:stream";
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
 * instead, whole; that stream is not ended. Memory is bounded by the largest chunk and the largest event.
 */
export declare class ScrubTransform extends Transform {
    #private;
    /**
     * @param {Scrubber} scrubber
     * @param {Whose & { verb?: Verb, rejects?: import("node:stream").Writable }} [options]
     */
    constructor(scrubber: Scrubber, options?: Whose & {
        verb?: Verb;
        rejects?: import("node:stream").Writable;
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
    /**
     * @override
     * @param {any} chunk
     * @param {BufferEncoding} encoding
     * @param {import("node:stream").TransformCallback} done
     */
    _transform(chunk: any, encoding: BufferEncoding, done: import("node:stream").TransformCallback): void;
    /**
     * @override
     * @param {import("node:stream").TransformCallback} done
     */
    _flush(done: import("node:stream").TransformCallback): void;
}
