// What a call costs from Kotlin, beside Rust and beside an edit of Jackson's tree: Bench HOUSE COST, where COST is the example of
// bindings/uniffi. Every answer is checked first; all take turns, and each has its best round printed.
package pumice

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import java.io.File

private const val ROUNDS = 30
private const val TURN = 20

private val jackson = ObjectMapper()

/** The messaging policy by hand, for the plain numbers of the sample events. */
private fun byTree(event: ByteArray): ByteArray {
    val tree = jackson.readTree(event) as ObjectNode
    for (name in listOf("from", "to")) tree.get(name)?.textValue()?.let { tree.put(name, it.dropLast(4) + "XXXX") }
    if (tree.has("message_body")) tree.put("message_body", "")
    tree.get("media")?.forEach { (it as ObjectNode).put("url", "https://media.example/removed") }
    return jackson.writeValueAsBytes(tree)
}

fun main(arguments: Array<String>) {
    val (house, cost) = arguments
    val policy = File(house, "tests/data/messaging.policy.json").readText()
    val lines = File(house, "tests/data/messaging.ndjson").readLines().take(1_000)
    val file = File.createTempFile("events", ".ndjson").apply { deleteOnExit() }
    val batch = (lines.joinToString("\n") + "\n").toByteArray().also(file::writeBytes)
    val events = lines.map { it.toByteArray() }
    val scrubber = Scrubber(policy)

    val scrubbed = scrubber.scrubNdjson(batch)
    check(scrubbed.contentEquals((events.joinToString("") { scrubber.scrub(it).decodeToString() + "\n" }).toByteArray()))
    // Where a phone is no plain number, the hand-written one is not as careful: it is timed on the others.
    val plain = events.filter { jackson.readTree(byTree(it)) == jackson.readTree(scrubber.scrub(it)) }
    check(plain.size > events.size / 2)

    val best = linkedMapOf<String, Double>()
    fun time(name: String, count: Int, work: () -> Unit) {
        val begun = System.nanoTime()
        work()
        best.merge(name, (System.nanoTime() - begun).toDouble() / count, ::minOf)
    }
    repeat(ROUNDS) { round ->
        // Short turns: on a busy machine a long one is never left alone.
        for (some in events.chunked(TURN)) time("one event, Kotlin", some.size) { some.forEach(scrubber::scrub) }
        repeat(TURN) { time("1,000 lines, Kotlin", events.size) { scrubber.scrubNdjson(batch) } }
        for (some in plain.chunked(TURN)) time("one event, Jackson's tree", some.size) { some.forEach(::byTree) }
        repeat(TURN) { time("no event: a call of uniffi's", TURN) { repeat(TURN) { scrubber.uniffiCloneHandle() } } }
        repeat(TURN) {
            time("no event: a call of JNA's", TURN) {
                repeat(TURN) { IntegrityCheckingUniffiLib.ffi_pumice_mobile_uniffi_contract_version() }
            }
        }
        if (round % 10 == 9) {
            val rust = ProcessBuilder(cost, "$house/tests/data/messaging.policy.json", file.path).start()
            val (one, many) = rust.inputStream.bufferedReader().readText().trim().split(" ")
            best.merge("one event, Rust", one.toDouble(), ::minOf)
            best.merge("1,000 lines, Rust", many.toDouble(), ::minOf)
        }
    }
    for ((name, each) in best) println("%-28s %7.0f ns an event".format(name, each))
    println("1,000 lines, Kotlin over Rust: %.2f".format(best.getValue("1,000 lines, Kotlin") / best.getValue("1,000 lines, Rust")))
}
