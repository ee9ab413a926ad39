// The shared vectors as Kotlin values; knows no test.
package pumice

import com.fasterxml.jackson.core.json.JsonWriteFeature
import com.fasterxml.jackson.databind.DeserializationFeature
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature
import com.fasterxml.jackson.databind.json.JsonMapper
import java.nio.file.Path
import java.util.Base64
import java.util.HexFormat

val house: Path = Path.of(System.getProperty("house"))

/** Numbers that are not whole are decimals, which keep their spelling; so do halves of surrogate pairs. */
val mapper: JsonMapper = JsonMapper.builder()
    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
    .build()

/** Jackson reads no number with an exponent of ten digits; one of four is as far out of every range. */
fun sections(name: String): JsonNode {
    val text = house.resolve("tests/vectors/$name.json").toFile().readText()
    return mapper.readTree(text.replace(Regex("(\\de-?)\\d{10,}")) { it.groupValues[1] + "9999" })
}

/** Each row, with the name of its section. */
fun rows(name: String): List<Pair<String, JsonNode>> =
    sections(name).properties().filter { it.key != "about" }.flatMap { (section, rows) -> rows.map { section to it } }

/** Bytes of a row: a text, one in parts (each a text or [text, times]), or base64. */
fun data(row: JsonNode, member: String): ByteArray {
    row["${member}_base64"]?.let { return Base64.getDecoder().decode(it.textValue()) }
    val whole = row[member] ?: return ByteArray(0)
    val parts = if (whole.isTextual) listOf(whole) else whole.toList()
    return parts.joinToString("") { if (it.isTextual) it.textValue() else it[0].textValue().repeat(it[1].intValue()) }.toByteArray()
}

private val keyring by lazy { sections("token")["keyring"][0] }

/** The keys of the vectors, one keyring for all files, with a store that has no subjects. */
fun keys(store: Store? = Store.MEMORY): Keys {
    val root = Root.Key(HexFormat.of().parseHex(keyring["root"].textValue()))
    return Keys(keyring["document"].textValue().toByteArray(), root, store)
}
