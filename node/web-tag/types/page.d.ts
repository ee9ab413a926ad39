/**
 * An address, taken apart so that selectors reach its parts: `query.email`, `query.*`. A name that is there more than once has an
 * array of its values. What stands behind `#`, a user's name and a password are not collected.
 *
 * @param {string} text
 * @returns {{ origin: string, path: string, query: Record<string, string | string[]> } | null} null if it is no web page's
 */
export declare function address(text: string): {
    origin: string;
    path: string;
    query: Record<string, string | string[]>;
} | null;
/**
 * The event that will be scrubbed.
 *
 * @param {string} name
 * @param {object} props
 */
export declare function collect(name: string, props: object): {
    event: string;
    id: string;
    time: string;
    page: {
        url: {
            origin: string;
            path: string;
            query: Record<string, string | string[]>;
        } | null;
        referrer: {
            origin: string;
            path: string;
            query: Record<string, string | string[]>;
        } | null;
    };
    context: {
        user_agent: string;
        language: string;
        viewport: {
            width: number;
            height: number;
        };
    };
    props: object;
};
