// Lines of JSON as a stream of the web platform.

import { Lines, streamOptions } from "./lines.js";

/** @typedef {import("./scrubber.js").Scrubber} Scrubber */
/** @typedef {import("./scrubber.js").Whose} Whose */
/** @typedef {import("./scrubber.js").Verb} Verb */

/**
 * Scrubs newline-delimited JSON on its way, whatever chunks it comes in: bytes or strings in, bytes out.
 *
 * A line that cannot be scrubbed ends the stream with its `PumiceError`, which has the `line`. With `rejects` it goes there
 * instead, whole; that stream is not closed. Memory is bounded by the largest chunk and the largest event.
 */
export class ScrubTransformStream extends TransformStream {
  /** @type {Lines} */
  #lines;

  /**
   * @param {Scrubber} scrubber
   * @param {Whose & { verb?: Verb, rejects?: WritableStream<Uint8Array> }} [options]
   */
  constructor(scrubber, options = {}) {
    const checked = streamOptions(options);
    const lines = new Lines(scrubber, checked);
    const rejects = checked.rejects?.getWriter();
    /**
     * @param {import("./lines.js").Blocks} blocks
     * @param {TransformStreamDefaultController<Uint8Array>} controller
     */
    const pass = async (blocks, controller) => {
      for (const block of blocks.scrubbed) controller.enqueue(block);
      for (const block of blocks.rejects) await rejects.write(block);
    };
    super({
      transform: (chunk, controller) => pass(lines.push(chunk), controller),
      flush: async (controller) => {
        await pass(lines.end(), controller);
        rejects?.releaseLock();
      },
    });
    this.#lines = lines;
  }

  /**
   * Lines so far: events that were scrubbed, those rejected, and blank ones.
   *
   * @returns {{ events: number, rejected: number, blank: number }}
   */
  get counts() {
    return { ...this.#lines.counts };
  }
}
