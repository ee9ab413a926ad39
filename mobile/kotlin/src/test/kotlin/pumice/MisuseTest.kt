package pumice

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.Callable
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

inline fun fails(crossinline work: () -> Unit): PumiceException =
    assertThrows(PumiceException::class.java) { work() }

/** Whatever comes in: an exception with a code, and nothing else. */
class MisuseTest {
    private val policy = """{"pumice":1,"fields":{"from":"phone","ip":{"type":"ip"}}}"""
    private val event = """{"from":"+11234567890","ip":"207.164.33.12","n":1.50}""".toByteArray()
    private val scrubbed = """{"from":"+1123456XXXX","ip":"207.164.0.0","n":1.50}""".toByteArray()

    @Test
    fun bytesThatAreNoEvent() = Scrubber(policy).use { scrubber ->
        for ((bytes, code) in listOf(
            ByteArray(0) to "invalid_json",
            ByteArray(1) to "invalid_json",
            ByteArray(1 shl 20) to "invalid_json",
            "{\"from\":\"+1123\u0000\"}".toByteArray() to "invalid_json",
            byteArrayOf(0x22, 0xff.toByte(), 0x22) to "invalid_utf8",
            ByteArray(100_000) { '['.code.toByte() } to "too_deep",
            ByteArray((16 shl 20) + 1) { ' '.code.toByte() } to "too_large",
            ByteArray(200 shl 20) to "too_large",
        )) {
            assertEquals(code, fails { scrubber.scrub(bytes) }.code)
        }
    }

    @Test
    fun textsThatAreNone() {
        assertEquals("policy_syntax", fails { Scrubber("") }.code)
        assertEquals("policy_syntax", fails { Scrubber("\u0000") }.code)
        assertEquals("invalid_utf8", fails { Scrubber("\ud800") }.code)
        assertEquals("invalid_utf8", fails { Scrubber(policy, account = "\udc00 half") }.code)
        assertEquals("too_large", fails { Scrubber(policy, maxEventBytes = -1).use { it.scrub(event) } }.code)
        assertEquals("geo_invalid", fails { Scrubber(policy, geo = ByteArray(0)) }.code)
        assertEquals("invalid_root", fails { Scrubber(policy, keys = keys().copy(root = Root.Key(ByteArray(0)))) }.code)
        assertEquals("keyring_invalid", fails { Scrubber(policy, keys = keys().copy(keyring = ByteArray(9))) }.code)
        assertEquals("unknown_type", fails { Redactor("ph\u0000ne") }.code)
        assertEquals("invalid_utf8", fails { Redactor("phone").redact(byteArrayOf(-1)) }.code)
        assertEquals("needs_keys", fails { Scrubber(policy).decrypt("pum1", "a", "b") }.code)
    }

    @Test
    fun anExceptionSaysWhatAndWhere() {
        val exception = fails { Scrubber(policy).scrubNdjson("{}\n{\"from\":\n".toByteArray()) }
        assertEquals(listOf("invalid_json", "8", 2L), listOf(exception.code, exception.at, exception.line))
        assertEquals("code=invalid_json, at=8, line=2", exception.message)
        assertTrue(codes().getValue("invalid_json").startsWith("The event"))
    }

    @Test
    fun whatIsClosedSaysSo() {
        val scrubber = Scrubber(policy).apply { close() }
        scrubber.close()
        assertEquals("closed", fails { scrubber.scrub(event) }.code)
        assertEquals("closed", fails { scrubber.report() }.code)
        assertEquals("closed", fails { Redactor("phone").apply { close() }.redact(event) }.code)
    }

    @Test
    fun policiesOfASet() {
        fun set(rule: String) = """{"pumice_set":1,"by":"event_name","policies":{"login":{"pumice":1,"fields":{"from":$rule}}}}"""
        fun Scrubber.text(event: String) = scrub(event.toByteArray()).decodeToString()
        val scrubber = Scrubber(set("\"phone\""))
        val login = scrubber.named("login")
        assertEquals("""{"from":"+1123456XXXX"}""", login.text("""{"from":"+11234567890"}"""))
        assertEquals("no_policy", fails { scrubber.scrub(event) }.code)
        assertEquals("unknown_policy", fails { scrubber.named("logout") }.code)
        assertEquals("/policies/login/fields/from", fails { scrubber.reload(set("1")) }.at)
        scrubber.reload(set("""{"action":"drop"}"""))
        scrubber.close()
        assertEquals("{}", login.text("""{"from":"+11234567890"}"""))
    }

    @Test
    fun eightThreadsAndSomebodyCloses() {
        val done = AtomicInteger()
        val refused = AtomicInteger()
        repeat(5) {
            val scrubber = Scrubber(policy)
            val start = CountDownLatch(1)
            val pool = Executors.newFixedThreadPool(9)
            val work = List(8) {
                pool.submit(Callable {
                    start.await()
                    try {
                        while (true) {
                            assertArrayEquals(scrubbed, scrubber.scrub(event))
                            done.incrementAndGet()
                        }
                    } catch (exception: PumiceException) {
                        assertEquals("closed", exception.code)
                        refused.incrementAndGet()
                    }
                })
            }
            val close = pool.submit { start.await(); Thread.sleep(5); scrubber.close() }
            start.countDown()
            (work + close).forEach { it.get() }
            pool.shutdown()
        }
        assertEquals(40, refused.get())
        assertTrue(done.get() > 0)
    }
}
