// Lines of JSON as a stream of Node.

import { Transform } from "node:stream";
import { Lines, streamOptions } from "./lines.js";

/** @typedef {import("./scrubber.js").Scrubber} Scrubber */
/** @typedef {import("./scrubber.js").Whose} Whose */
/** @typedef {import("./scrubber.js").Verb} Verb */

/**
 * Scrubs newline-delimited JSON on its way, whatever chunks it comes in: bytes or strings in, bytes out.
 *
 * A line that cannot be scrubbed ends the stream with its `PumiceError`, which has the `line`. With `rejects` it goes there
 * instead, whole; that stream is not ended. Memory is bounded by the largest chunk and the largest event.
 */
export class ScrubTransform extends Transform {
  /** @type {Lines} */
  #lines;
  /** @type {import("node:stream").Writable | undefined} */
  #rejects;

  /**
   * @param {Scrubber} scrubber
   * @param {Whose & { verb?: Verb, rejects?: import("node:stream").Writable }} [options]
   */
  constructor(scrubber, options = {}) {
    const checked = streamOptions(options);
    const lines = new Lines(scrubber, checked);
    // Node itself would replace what is half a character.
    super({ decodeStrings: false });
    this.#lines = lines;
    this.#rejects = checked.rejects;
  }

  /**
   * Lines so far: events that were scrubbed, those rejected, and blank ones.
   *
   * @returns {{ events: number, rejected: number, blank: number }}
   */
  get counts() {
    return { ...this.#lines.counts };
  }

  /**
   * @override
   * @param {any} chunk
   * @param {BufferEncoding} encoding
   * @param {import("node:stream").TransformCallback} done
   */
  _transform(chunk, encoding, done) {
    const isText = typeof chunk !== "string" || encoding === "utf8";
    this.#pass(() => this.#lines.push(isText ? chunk : Buffer.from(chunk, encoding)), done);
  }

  /**
   * @override
   * @param {import("node:stream").TransformCallback} done
   */
  _flush(done) {
    this.#pass(() => this.#lines.end(), done);
  }

  /**
   * @param {() => import("./lines.js").Blocks} work
   * @param {import("node:stream").TransformCallback} done
   */
  #pass(work, done) {
    let blocks;
    try {
      blocks = work();
    } catch (error) {
      done(/** @type {Error} */ (error));
      return;
    }
    for (const block of blocks.scrubbed) this.push(block);
    if (blocks.rejects.length === 0) done();
    else this.#rejects?.write(Buffer.concat(blocks.rejects), done);
  }
}
