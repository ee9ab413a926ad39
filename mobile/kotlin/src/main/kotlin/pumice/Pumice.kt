// What Kotlin and Java are used to, beside the generated surface. It decides nothing.
@file:JvmName("Pumice")

package pumice

/** What went wrong: a stable word, the same in every language. [codes] has all of them, and what they mean. */
val PumiceException.code: String
    get() = when (this) { is PumiceException.Failed -> code }

/** Where: a JSON Pointer into the policy, the selector of a rule, or the number of a byte, from 0. */
val PumiceException.at: String?
    get() = when (this) { is PumiceException.Failed -> at }

/** On which line, from 1, where there are many. */
val PumiceException.line: Long?
    get() = when (this) { is PumiceException.Failed -> line }

/** The constructor of [Scrubber] for Java, which has no default arguments: `Pumice.scrubber(policy)`. */
@JvmOverloads
@Throws(PumiceException::class)
fun scrubber(
    policy: String,
    geo: ByteArray? = null,
    keys: Keys? = null,
    account: String? = null,
    subject: String? = null,
    maxEventBytes: Long? = null,
): Scrubber = Scrubber(policy, geo, keys, account, subject, maxEventBytes)

/** The constructor of [Redactor] for Java. */
@JvmOverloads
@Throws(PumiceException::class)
fun redactor(type: String, options: String = "{}", geo: ByteArray? = null): Redactor = Redactor(type, options, geo)
