package pumice

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue

class TrackerTest {
    private val policy = """{"pumice":1,"fields":{"email":"email"}}"""
    private val sent = ConcurrentLinkedQueue<String>()
    private val refused = ConcurrentLinkedQueue<String>()

    private fun event(n: Int) = """{"n":$n,"email":"ann$n@example.com"}""".toByteArray()

    @Test
    fun sendsScrubbedEventsOnly() = runBlocking {
        val tracker = Tracker(Scrubber(policy), this, onRefused = refused::add) { sent.add(it.decodeToString()) }
        coroutineScope {
            repeat(8) { thread -> launch(Dispatchers.Default) { repeat(50) { assertTrue(tracker.track(event(thread * 50 + it))) } } }
        }
        assertFalse(tracker.track("""{"email":"bob@example.com"""".toByteArray()))
        tracker.finish()
        val events = sent.flatMap { mapper.readTree(it) }
        assertEquals((0 until 400).toList(), events.map { it["n"].intValue() }.sorted())
        assertEquals(setOf("a***@example.com"), events.map { it["email"].textValue() }.toSet())
        assertEquals(listOf("invalid_json"), refused.toList())
        // Its scrubber is closed: what comes late is refused too, and nothing is thrown.
        assertFalse(tracker.track(event(400)))
        assertEquals("closed", refused.last())
    }

    @Test
    fun aFullQueueRefusesAndDoesNotWait() = runBlocking {
        val network = Semaphore(1, 1)
        val tracker = Tracker(Scrubber(policy), this, capacity = 3, batch = 2) { network.withPermit { sent.add(it.decodeToString()) } }
        val kept = (0 until 100).count { tracker.track(event(it)) }
        assertTrue(kept in 3..5, "$kept of 100")
        network.release()
        tracker.finish()
        assertEquals(kept, sent.sumOf { mapper.readTree(it).size() })
    }
}
