// A web tag: collects what happens on a page, scrubs it, and only then keeps or sends it. Whatever fails, nothing raw leaves.

import { Scrubber } from "../../src/scrubber.js";
import { json } from "../../src/value.js";
import { collect } from "./page.js";
import { Queue } from "./queue.js";

/**
 * @typedef {object} TagOptions
 * @property {object | string | URL} policy an object, JSON as a string, or the address of a policy
 * @property {string | URL} endpoint where events are sent: a POST of lines of JSON
 * @property {() => boolean} [consent] asked before anything is collected, kept or sent: nothing but `true` is a yes. Without it
 *   the page answers for having asked
 * @property {number} [batchEvents] so many events are sent at once (20)
 * @property {number} [batchMilliseconds] fewer are sent after this time (2,000)
 * @property {boolean} [beacon] what is left when the page goes is sent by `navigator.sendBeacon`, for browsers without
 *   `fetch(…, { keepalive: true })`. It sends cookies, and the `Referer` that the page's referrer policy says
 * @property {(error: unknown) => void} [onError] told why something was not collected or sent; never an event
 */

/**
 * What a tag has done: numbers alone.
 *
 * @typedef {object} TagReport
 * @property {"loading" | "ready" | "failed" | "closed"} state `failed`: without a policy nothing is collected
 * @property {number} collected events scrubbed
 * @property {number} refused events that could not be scrubbed, and are gone
 * @property {number} sent
 * @property {number} dropped events that found no room, or that the collector refused
 */

/** What waits: the oldest go when there is more. */
const QUEUE = { events: 1000, bytes: 1 << 20 };

/** Browsers let 64 KiB outlive a page. */
const BATCH_BYTES = 60_000;

/** Raw events, in memory alone, while the policy is on its way. */
const MOST_WAITING = 100;

const RETRY_MILLISECONDS = { first: 1000, most: 60_000 };

const encoder = new TextEncoder();

/**
 * Starts a tag on this page.
 *
 * @param {TagOptions} options
 * @returns {Tag}
 */
export function tag(options) {
  return new Tag(options);
}

export class Tag {
  #options;
  #endpoint;
  #queue;
  /** @type {Scrubber | undefined} */
  #scrubber;
  /** @type {object[]} */
  #waiting = [];
  /** @type {TagReport["state"]} */
  #state = "loading";
  #counts = { collected: 0, refused: 0, sent: 0, dropped: 0 };
  #hadConsent = false;
  #sending = false;
  #retry = RETRY_MILLISECONDS.first;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #abort = new AbortController();
  #gone = new AbortController();

  /** @param {TagOptions} options */
  constructor(options) {
    this.#options = { batchEvents: 20, batchMilliseconds: 2000, ...options };
    this.#endpoint = new URL(options.endpoint, location.href).href;
    this.#queue = new Queue(`pumice ${this.#endpoint}`, QUEUE);
    this.#load(options.policy);
    const { signal } = this.#gone;
    addEventListener("pagehide", () => this.#leave(), { signal });
    addEventListener("pageshow", () => this.#resume(), { signal });
    addEventListener("online", () => this.#resume(), { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#resume()), { signal });
  }

  /**
   * Collects what happened, with what the page says of itself. `props` are a plain object, as JSON has it.
   *
   * @param {string} name
   * @param {object} [props]
   * @returns {boolean} whether it was collected
   */
  track(name, props = {}) {
    if (this.#state === "failed" || this.#state === "closed" || !this.#mayCollect()) return false;
    if (this.#scrubber !== undefined) return this.#keep(collect(name, props));
    if (this.#waiting.length === MOST_WAITING) return (this.#counts.dropped += 1), false;
    try {
      // As it is now: the page may change its object.
      this.#waiting.push(collect(name, JSON.parse(json(props))));
      return true;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** Sends what there is, now. */
  async flush() {
    if (this.#state !== "ready") return;
    this.#queue.fetch();
    await this.#drain();
  }

  /** Asks for consent again: to be called when it was given or withdrawn. Without it, all that was not sent is gone. */
  consentChanged() {
    this.#hadConsent = true;
    if (this.#mayCollect()) this.#resume();
  }

  /** @returns {TagReport} */
  report() {
    const dropped = this.#counts.dropped + this.#queue.dropped;
    return { state: this.#state, ...this.#counts, dropped };
  }

  /** Sends or sets aside what there is, and collects no more. */
  close() {
    this.#leave();
    this.#gone.abort();
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#state = "closed";
    this.#scrubber?.close();
    this.#scrubber = undefined;
  }

  /** @param {TagOptions["policy"]} policy */
  async #load(policy) {
    try {
      const document = policy instanceof URL ? await download(policy) : policy;
      if (this.#state !== "loading") return;
      this.#scrubber = new Scrubber(document);
      this.#state = "ready";
      const waiting = this.#waiting.splice(0);
      if (this.#mayCollect()) waiting.forEach((event) => this.#keep(event));
      this.#resume();
    } catch (error) {
      this.#state = "failed";
      this.#waiting = [];
      this.#tell(error);
    }
  }

  /**
   * Scrubs a raw event, and keeps what comes out.
   *
   * @param {object} event
   */
  #keep(event) {
    try {
      const line = /** @type {Scrubber} */ (this.#scrubber).scrub(json(event));
      this.#queue.push(line);
      this.#counts.collected += 1;
    } catch (error) {
      return this.#refuse(error);
    }
    if (!navigator.onLine) this.#queue.setAside();
    else if (this.#queue.length >= this.#options.batchEvents) this.#drain();
    else this.#wait(this.#options.batchMilliseconds);
    return true;
  }

  /** @param {unknown} error */
  #refuse(error) {
    this.#counts.refused += 1;
    this.#tell(error);
    return false;
  }

  /** Once there is no consent, nothing that was collected is left. */
  #mayCollect() {
    const { consent } = this.#options;
    let yes = consent === undefined;
    try {
      yes ||= consent?.() === true;
    } catch (error) {
      this.#tell(error);
    }
    if (!yes && this.#hadConsent) {
      this.#waiting = [];
      this.#queue.clear();
      this.#abort.abort();
      this.#abort = new AbortController();
    }
    this.#hadConsent = yes;
    return yes;
  }

  /** The page is there again, or the network. */
  #resume() {
    if (this.#state !== "ready" || !this.#mayCollect()) return;
    this.#retry = RETRY_MILLISECONDS.first;
    this.flush();
  }

  /** The page may never come back: what one last batch does not hold is set aside. */
  #leave() {
    if (this.#queue.length > 0 && this.#mayCollect() && navigator.onLine) this.#last();
    this.#queue.setAside();
  }

  #last() {
    const lines = this.#queue.take({ events: this.#options.batchEvents, bytes: BATCH_BYTES });
    if (!this.#options.beacon) {
      this.#post(lines);
    } else if (navigator.sendBeacon(this.#endpoint, new Blob([body(lines)], { type: "text/plain;charset=UTF-8" }))) {
      this.#counts.sent += lines.length;
    } else {
      this.#queue.restore(lines);
    }
  }

  /** Sends batch after batch, one at a time. */
  async #drain() {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#queue.length > 0 && this.#mayCollect()) {
        if (!navigator.onLine) return this.#queue.setAside();
        if (!(await this.#post(this.#queue.take({ events: this.#options.batchEvents, bytes: BATCH_BYTES })))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  /**
   * Posts lines; those that did not arrive are set aside.
   *
   * @param {string[]} lines
   * @returns {Promise<boolean>} whether to go on
   */
  async #post(lines) {
    const { signal } = this.#abort;
    try {
      const bytes = encoder.encode(body(lines));
      const answer = await fetch(this.#endpoint, {
        method: "POST",
        body: bytes,
        // A type that needs no leave of another origin beforehand.
        headers: { "content-type": "text/plain;charset=UTF-8" },
        keepalive: bytes.length <= BATCH_BYTES,
        // The page's own address stands in Referer, with all its query; cookies say who it is.
        referrerPolicy: "no-referrer",
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal,
      });
      if (answer.ok) {
        this.#counts.sent += lines.length;
        this.#retry = RETRY_MILLISECONDS.first;
        return true;
      }
      const error = new Error(`the collector answered ${answer.status}`);
      if (answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
        // It would not take them next time either.
        this.#counts.dropped += lines.length;
        this.#tell(error);
        return true;
      }
      throw error;
    } catch (error) {
      // Aborted: there is no consent any more.
      if (signal.aborted) return false;
      this.#queue.restore(lines);
      this.#queue.setAside();
      this.#tell(error);
      this.#wait(this.#retry);
      this.#retry = Math.min(this.#retry * 2, RETRY_MILLISECONDS.most);
      return false;
    }
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, milliseconds);
  }

  /** @param {unknown} error */
  #tell(error) {
    try {
      this.#options.onError?.(error);
    } catch {
      // The page's own failure is not the tag's.
    }
  }
}

/** @param {string[]} lines */
function body(lines) {
  return `${lines.join("\n")}\n`;
}

/** @param {URL} address */
async function download(address) {
  const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(`the policy was answered with ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}
