package pumice

import com.fasterxml.jackson.databind.JsonNode
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/** Runs the shared vectors. */
class VectorsTest {
    private fun tests(name: String, leftOut: String? = null, test: (String, JsonNode) -> Unit): List<DynamicTest> =
        rows(name).filter { leftOut == null || !it.second.has(leftOut) }.mapIndexed { at, (section, row) ->
            dynamicTest("$name $section $at") { test(section, row) }
        }

    private fun policy(row: JsonNode) = row["policy"].let { if (it.isTextual) it.textValue() else mapper.writeValueAsString(it) }

    /** What is due of a row that fails: its code, place and line. */
    private fun failed(row: JsonNode, code: String, exception: PumiceException) {
        val due = listOf(row[code]?.textValue(), row["at"]?.asText(), row["line"]?.longValue())
        assertEquals(due, listOf(exception.code, exception.at.takeIf { row.has("at") || code == "error" }, exception.line))
    }

    @TestFactory
    fun redact() = (tests("redact", test = ::redact) + tests("geo", test = ::redact))

    private fun redact(kind: String, row: JsonNode) {
        val geo = row["db"]?.let { house.resolve("tests/data/geo/${it.textValue()}").toFile().readBytes() }
        Redactor(kind, row["options"]?.toString() ?: "{}", geo).use {
            try {
                assertEquals(row["out"], mapper.readTree(it.redact(mapper.writeValueAsBytes(row["in"]))))
            } catch (exception: PumiceException) {
                assertEquals("invalid_value", exception.code.takeIf { row.path("invalid").booleanValue() })
            }
        }
    }

    @TestFactory
    fun events() = tests("events") { _, row ->
        val event = data(row, "in")
        Scrubber(policy(row), maxEventBytes = row["max_event_bytes"]?.longValue()).use {
            try {
                if (row.path("on_error").asText() == "reject") {
                    val lines = it.scrubNdjsonRejecting(event)
                    assertArrayEquals(data(row, "out"), lines.scrubbed)
                    assertArrayEquals(data(row, "rejects"), lines.rejects)
                } else {
                    assertArrayEquals(data(row, "out"), if (row.has("ndjson")) it.scrubNdjson(event) else it.scrub(event))
                }
                assertEquals(null, row["error"])
            } catch (exception: PumiceException) {
                failed(row, "error", exception)
            }
        }
    }

    // A policy is a text here: one that is no UTF-8 cannot be given.
    @TestFactory
    fun policyInvalid() = tests("policy_invalid", leftOut = "policy_base64") { _, row ->
        failed(row, "code", fails { Scrubber(policy(row)) })
    }

    // Whose an event is cannot come with the call here.
    @TestFactory
    fun sealed() = tests("sealed", leftOut = "by_call") { _, row ->
        Scrubber(policy(row), keys = keys, account = row["account"]?.textValue(), subject = row["subject"]?.textValue()).use {
            val event = data(row, "in")
            try {
                val out = when (row["aim"]?.textValue()) {
                    null -> it.scrub(event)
                    "decrypt" -> it.decryptEvent(event)
                    else -> it.detokenizeEvent(event)
                }
                val due = row["out"].textValue().split("*").joinToString("[A-Za-z0-9_-]+") { part -> Regex.escape(part) }
                assertEquals(true, Regex(due).matches(out.decodeToString()))
            } catch (exception: PumiceException) {
                failed(row, "error", exception)
            }
        }
    }

    // The tests of a class take turns, and so do those that have the store.
    private val keys by lazy { keys() }
}
