export type TagOptions = {
    /**
     * an object, JSON as a string, or the address of a policy
     */
    policy: object | string | URL;
    /**
     * where events are sent: a POST of lines of JSON
     */
    endpoint: string | URL;
    /**
     * asked before anything is collected, kept or sent: nothing but `true` is a yes. Without it
     * the page answers for having asked
     */
    consent?: () => boolean;
    /**
     * so many events are sent at once (20)
     */
    batchEvents?: number;
    /**
     * fewer are sent after this time (2,000)
     */
    batchMilliseconds?: number;
    /**
     * what is left when the page goes is sent by `navigator.sendBeacon`, for browsers without
     * `fetch(…, { keepalive: true })`. It sends cookies, and the `Referer` that the page's referrer policy says
     */
    beacon?: boolean;
    /**
     * told why something was not collected or sent; never an event
     */
    onError?: (error: unknown) => void;
};
export type TagReport = {
    /**
     * `failed`: without a policy nothing is collected
     */
    state: "loading" | "ready" | "failed" | "closed";
    /**
     * events scrubbed
     */
    collected: number;
    /**
     * events that could not be scrubbed, and are gone
     */
    refused: number;
    sent: number;
    /**
     * events that found no room, or that the collector refused
     */
    dropped: number;
};
/**
 * Starts a tag on this page.
 *
 * @param {TagOptions} options
 * @returns {Tag}
 */
export declare function tag(options: TagOptions): Tag;
export declare class Tag {
    #private;
    /** @param {TagOptions} options */
    constructor(options: TagOptions);
    /**
     * Collects what happened, with what the page says of itself. `props` are a plain object, as JSON has it.
     *
     * @param {string} name
     * @param {object} [props]
     * @returns {boolean} whether it was collected
     */
    track(name: string, props?: object): boolean;
    /** Sends what there is, now. */
    flush(): Promise<void>;
    /** Asks for consent again: to be called when it was given or withdrawn. Without it, all that was not sent is gone. */
    consentChanged(): void;
    /** @returns {TagReport} */
    report(): TagReport;
    /** Sends or sets aside what there is, and collects no more. */
    close(): void;
}
