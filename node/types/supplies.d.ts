export type ScrubberOptions = {
    /**
     * an mmdb, for rules that add a place to an address
     */
    geo?: Uint8Array;
    /**
     * uap-core's `regexes.yaml`, for `"engine": "uap"`; not in WebAssembly
     */
    uap?: Uint8Array;
    /**
     * the keyring's document, for rules that encrypt, tokenize or hash
     */
    keyring?: Uint8Array;
    /**
     * the root of the keyring: 32 bytes, or their spelling
     */
    rootKey?: Uint8Array | string;
    /**
     * the root of the keyring, if it was made by one
     */
    passphrase?: string;
    /**
     * where subjects' keys are: `"memory"`; in Node also the path of a file, which one scrubber at a time
     * has, or of a directory (it is one, or the path ends in `/`), which many processes share. It is made if it is not there
     */
    store?: string;
    /**
     * what a store in memory begins with, as `records()` gave it
     */
    records?: Uint8Array;
    /**
     * whose all events are, instead of what the policy says
     */
    account?: string;
    subject?: string;
    /**
     * account and subject come with each call where the policy does not say where they are
     */
    ownerByCall?: boolean;
    /**
     * the largest event that is taken; 16 MiB if nothing is said
     */
    maxEventBytes?: number;
};
/**
 * @param {ScrubberOptions} options
 * @returns {Record<string, unknown>}
 */
export declare function supplies(options: ScrubberOptions): Record<string, unknown>;
/**
 * The options that are given, each checked by its kind; one that nobody knows is a mistake.
 *
 * @param {any} options
 * @param {Record<string, (value: any, name: string) => unknown>} kinds
 * @returns {Record<string, any>}
 */
export declare function checked(options: any, kinds: Record<string, (value: any, name: string) => unknown>): Record<string, any>;
/**
 * @param {any} value
 * @param {string} name
 */
export declare function bytes(value: any, name: string): Uint8Array<ArrayBufferLike>;
/**
 * @param {any} value
 * @param {string} name
 */
export declare function flag(value: any, name: string): value is true;
