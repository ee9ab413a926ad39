"""pumice in Spark: whole frames by policy, columns by type, keys handed over once. Work is done on Arrow batches.

>>> from pumice.spark import configure, encrypt, redact
>>> configure(spark, keyring=keyring, root_key=root_key)
>>> df = spark.createDataFrame([("+11234567890", "See you", "AC5f1e09c2")], ["from_number", "message_body", "account_sid"])
>>> df = df.withColumn("from_number", redact("phone")("from_number"))
>>> df = df.withColumn("message_body", encrypt("account_sid", "message_body"))
>>> [(row.from_number, row.message_body[:4]) for row in df.collect()]
[('+1123456XXXX', 'pum1')]

Keys and databases reach the executors by one broadcast, policies and options inside the functions that Spark ships. None of
them is in a plan, which has the names of functions and columns alone. Spark writes broadcasts to the disks of its hosts:
`spark.io.encryption.enabled` encrypts them there.

What cannot be scrubbed fails its task, with the `PumiceError` that says why. No row passes unscrubbed.
"""

from pumice.spark._columns import decrypt, detokenize, encrypt, redact, scrub_json, tokenize
from pumice.spark._frames import scrub_df
from pumice.spark._handover import configure
from pumice.spark._sql import register

__all__ = ["configure", "decrypt", "detokenize", "encrypt", "redact", "register", "scrub_df", "scrub_json", "tokenize"]
