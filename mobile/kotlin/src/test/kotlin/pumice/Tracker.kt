// A sample to start from: how an analytics SDK holds a scrubber.
package pumice

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import java.io.ByteArrayOutputStream

/**
 * Queues events and sends them in batches, each a JSON array. Only scrubbed events get into the queue: an event that cannot be
 * scrubbed is refused on the spot, so that nothing raw is held, written to disk after a crash, or sent.
 *
 * [track] may be called from any thread, the main thread too: it takes microseconds and waits for nothing.
 */
class Tracker(
    private val scrubber: Scrubber,
    scope: CoroutineScope,
    capacity: Int = 1_000,
    private val batch: Int = 100,
    private val onRefused: (code: String) -> Unit = {},
    private val send: suspend (events: ByteArray) -> Unit,
) {
    private val queue = Channel<ByteArray>(capacity)
    private val sender: Job = scope.launch(Dispatchers.IO) {
        for (first in queue) send(joined(first))
    }

    /** Scrubs the event and queues it. False if it was refused, or the queue is full or closed: it is gone then. */
    fun track(event: ByteArray): Boolean {
        val scrubbed = try {
            scrubber.scrub(event)
        } catch (exception: PumiceException) {
            onRefused(exception.code)
            return false
        }
        return queue.trySend(scrubbed).isSuccess
    }

    /** Sends what is queued, and takes no more. */
    suspend fun finish() {
        queue.close()
        sender.join()
        scrubber.close()
    }

    private fun joined(first: ByteArray) = ByteArrayOutputStream().apply {
        write('['.code)
        write(first)
        for (next in generateSequence { queue.tryReceive().getOrNull() }.take(batch - 1)) {
            write(','.code)
            write(next)
        }
        write(']'.code)
    }.toByteArray()
}
