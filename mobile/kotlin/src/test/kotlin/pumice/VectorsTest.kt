package pumice

import com.fasterxml.jackson.databind.JsonNode
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import java.util.HexFormat

/** Runs the shared vectors. */
class VectorsTest {
    private fun tests(name: String, leftOut: Regex? = null, test: (String, JsonNode) -> Unit): List<DynamicTest> =
        rows(name).filter { leftOut?.containsMatchIn(it.second.toString()) != true }.mapIndexed { at, (section, row) ->
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
    fun policyInvalid() = tests("policy_invalid", leftOut = Regex("policy_base64")) { _, row ->
        val keys = row["keys"]?.let { keys(if (it.textValue() == "with_store") Store.MEMORY else null) }
        val exception = fails { Scrubber(policy(row), keys = keys) }
        failed(row, "code", exception)
    }

    // Whose an event is cannot come with the call here, and subjects are not in a store: no token is as it was.
    @TestFactory
    fun sealed() = tests("sealed", leftOut = Regex("by_call|ptk1|detokenize")) { _, row ->
        Scrubber(policy(row), keys = keys(), account = row["account"]?.textValue(), subject = row["subject"]?.textValue()).use {
            val event = data(row, "in")
            try {
                val out = if (row.has("aim")) it.decryptEvent(event) else it.scrub(event)
                val due = row["out"].textValue().split("*").joinToString("[A-Za-z0-9_-]+") { part -> Regex.escape(part) }
                assertEquals(true, Regex(due).matches(out.decodeToString()))
            } catch (exception: PumiceException) {
                failed(row, "error", exception)
            }
        }
    }

    @TestFactory
    fun envelope() = tests("envelope", leftOut = Regex("document|derived|wrapped|\"root\"")) { section, row ->
        if (section == "valid" || section == "invalid") {
            Scrubber("""{"pumice":1,"fields":{}}""", keys = keys()).use {
                try {
                    val due = when (row["kind"]?.textValue()) {
                        "string" -> Opened.Text(row["plain"].textValue())
                        "json" -> Opened.Json(row["plain"].textValue())
                        else -> null
                    }
                    val opened = it.decrypt(row["text"].textValue(), row["account"].textValue(), data(row, "field").decodeToString())
                    if (opened is Opened.Raw) {
                        assertEquals(row["plain_hex"].textValue(), HexFormat.of().formatHex(opened.bytes))
                    } else {
                        assertEquals(due, opened)
                    }
                } catch (exception: PumiceException) {
                    // The subjects of the vectors are in a store that an app does not have: their keys are as if forgotten.
                    val bySubject = row["text"].textValue().getOrNull(6) in 'E'..'H'
                    if (!bySubject || exception.code != "forgotten") assertEquals(row["code"]?.textValue(), exception.code)
                }
            }
        }
    }
}
