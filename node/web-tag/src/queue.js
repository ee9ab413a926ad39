// Scrubbed events on their way: in memory, or set aside in localStorage for better times. It is never given a raw one.

const encoder = new TextEncoder();

/** @typedef {{ events: number, bytes: number }} Bounds */

export class Queue {
  /** @type {string[]} */
  #lines = [];
  #name;
  #most;
  /** Events that had to go because there were too many. */
  dropped = 0;

  /**
   * @param {string} name under which they are set aside
   * @param {Bounds} most the oldest go when there are more
   */
  constructor(name, most) {
    this.#name = name;
    this.#most = most;
  }

  /** How many are in memory. */
  get length() {
    return this.#lines.length;
  }

  /** @param {string} line */
  push(line) {
    this.#lines = this.#bound([...this.#lines, line]);
  }

  /**
   * Takes out the oldest, as many as fit, but one at least.
   *
   * @param {Bounds} most
   * @returns {string[]}
   */
  take(most) {
    let [count, bytes] = [0, 0];
    for (const line of this.#lines) {
      bytes += size(line);
      if (count === most.events || (count > 0 && bytes > most.bytes)) break;
      count += 1;
    }
    return this.#lines.splice(0, count);
  }

  /**
   * Puts back what was taken.
   *
   * @param {string[]} lines
   */
  restore(lines) {
    this.#lines = this.#bound([...lines, ...this.#lines]);
  }

  /** Moves what is in memory to localStorage, behind what is there. Where that is full or forbidden, it stays in memory. */
  setAside() {
    if (this.#lines.length === 0) return;
    const lines = this.#bound([...this.#aside(), ...this.#lines]);
    try {
      localStorage.setItem(this.#name, JSON.stringify(lines));
      this.#lines = [];
    } catch {}
  }

  /** Moves what was set aside back to memory. */
  fetch() {
    const lines = this.#aside();
    this.#forget();
    this.restore(lines);
  }

  /** Lets go of all of it. */
  clear() {
    this.#lines = [];
    this.#forget();
  }

  /**
   * What was set aside, if it is what was written: others may write there too.
   *
   * @returns {string[]}
   */
  #aside() {
    try {
      const lines = JSON.parse(localStorage.getItem(this.#name) ?? "[]");
      const isOurs = Array.isArray(lines) && lines.every((line) => typeof line === "string" && /^\{.*\}$/.test(line));
      return isOurs ? lines : [];
    } catch {
      return [];
    }
  }

  #forget() {
    try {
      localStorage.removeItem(this.#name);
    } catch {}
  }

  /** @param {string[]} lines */
  #bound(lines) {
    let bytes = lines.reduce((sum, line) => sum + size(line), 0);
    let from = Math.max(0, lines.length - this.#most.events);
    for (const line of lines.slice(0, from)) bytes -= size(line);
    while (bytes > this.#most.bytes && from < lines.length) bytes -= size(lines[from++] ?? "");
    this.dropped += from;
    return from === 0 ? lines : lines.slice(from);
  }
}

/**
 * Its bytes on the wire.
 *
 * @param {string} line
 */
function size(line) {
  return encoder.encode(line).length + 1;
}
