import { Scrubber } from "./scrubber.js";
export type Counts = {
    events: number;
    rejected: number;
    blank: number;
};
export type Blocks = {
    scrubbed: Uint8Array[];
    rejects: Uint8Array[];
};
/**
 * The options of a stream; where lines can be rejected, there is somewhere that they go.
 *
 * @param {object} options
 */
export declare function streamOptions(options: object): {
    rejects: any;
    verb: string;
    reject: boolean;
};
/** Scrubs chunks of lines. It holds the line that has begun, up to the largest event that its scrubber takes. */
export declare class Lines {
    #private;
    /** @type {Counts} */
    counts: Counts;
    /**
     * @param {Scrubber} scrubber
     * @param {any} options those of `streamOptions`
     */
    constructor(scrubber: Scrubber, options: any);
    /**
     * @param {unknown} chunk bytes, or a string
     * @returns {Blocks}
     */
    push(chunk: unknown): Blocks;
    /**
     * The last line, if it has no end.
     *
     * @returns {Blocks}
     */
    end(): Blocks;
}
