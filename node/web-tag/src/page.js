// What a page says of itself when something is tracked: raw, for the scrubber alone. It knows no queue and no network.

/**
 * An address, taken apart so that selectors reach its parts: `query.email`, `query.*`. A name that is there more than once has an
 * array of its values. What stands behind `#`, a user's name and a password are not collected.
 *
 * @param {string} text
 * @returns {{ origin: string, path: string, query: Record<string, string | string[]> } | null} null if it is no web page's
 */
export function address(text) {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  /** @type {Map<string, string[]>} */
  const values = new Map();
  for (const [name, value] of url.searchParams) values.set(name, [...(values.get(name) ?? []), value]);
  const query = Array.from(values, ([name, all]) => [name, all.length === 1 ? all[0] : all]);
  // Whatever the names are, they become members of its own.
  return { origin: url.origin, path: url.pathname, query: Object.fromEntries(query) };
}

/**
 * The event that will be scrubbed.
 *
 * @param {string} name
 * @param {object} props
 */
export function collect(name, props) {
  return {
    event: name,
    id: random(),
    time: new Date().toISOString(),
    page: { url: address(location.href), referrer: address(document.referrer) },
    context: {
      user_agent: navigator.userAgent,
      language: navigator.language,
      viewport: { width: innerWidth, height: innerHeight },
    },
    props,
  };
}

/** 128 random bits: `crypto.randomUUID` is not there on pages without https. */
function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
