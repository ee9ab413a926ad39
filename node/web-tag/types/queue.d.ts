export type Bounds = {
    events: number;
    bytes: number;
};
/** @typedef {{ events: number, bytes: number }} Bounds */
export declare class Queue {
    #private;
    /** Events that had to go because there were too many. */
    dropped: number;
    /**
     * @param {string} name under which they are set aside
     * @param {Bounds} most the oldest go when there are more
     */
    constructor(name: string, most: Bounds);
    /** How many are in memory. */
    get length(): number;
    /** @param {string} line */
    push(line: string): void;
    /**
     * Takes out the oldest, as many as fit, but one at least.
     *
     * @param {Bounds} most
     * @returns {string[]}
     */
    take(most: Bounds): string[];
    /**
     * Puts back what was taken.
     *
     * @param {string[]} lines
     */
    restore(lines: string[]): void;
    /** Moves what is in memory to localStorage, behind what is there. Where that is full or forbidden, it stays in memory. */
    setAside(): void;
    /** Moves what was set aside back to memory. */
    fetch(): void;
    /** Lets go of all of it. */
    clear(): void;
}
