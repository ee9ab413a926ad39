"""Spark: messaging events with two phones redacted and a body encrypted, and JSON text scrubbed whole, against what else one
would write there."""

import base64
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark import cloudpickle
from pyspark.sql import Column, DataFrame, SparkSession, functions
from race import Contestants, check, race

from pumice.spark import configure, decrypt, encrypt, redact, scrub_df, scrub_json

ACCOUNTS = ("AC5f1e09c2", "a", "ab", "AC-again")
JSON_POLICY = {"pumice": 1, "fields": {"from": "phone", "to": "phone", "message_body": "text"}}
POLICY = {"pumice": 1, "account": "account", "fields": {"from": "phone", "to": "phone", "body": {"action": "encrypt"}}}
SCHEMA = "account string, sid string, `from` string, `to` string, message_body string, status string, price double"
KEY = bytes(range(32))


def events(spark: SparkSession, count: int) -> DataFrame:
    n = functions.col("id")
    phone = functions.format_string("+%d%010d", 1 + n % 8, 1_000_000_000 + (n * 7_919) % 8_999_999_999)
    body = functions.concat(functions.lit("Your parcel arrives on day "), n, functions.lit(". "), functions.repeat(functions.lit("Thank you. "), (n % 10).cast("int")))
    columns = {"account": functions.element_at(functions.array(*map(functions.lit, ACCOUNTS)), (1 + n % len(ACCOUNTS)).cast("int")), "sid": functions.format_string("SM%d", n), "from": phone, "to": phone, "body": body}
    return spark.range(0, count, 1, 4).select(*[made.alias(name) for name, made in columns.items()], functions.lit("delivered").alias("status"), (n / 8).alias("price"))


def texts(frame: DataFrame) -> DataFrame:
    names = ["account", "sid", "from", "to", "message_body", "status", "price"]
    return frame.withColumnRenamed("body", "message_body").select(functions.to_json(functions.struct(*names)).alias("value"))


def identity(*columns: pa.Array) -> pa.Array:
    return columns[-1]


def phone_by_python(column: pd.Series) -> pd.Series:
    pattern = re.compile(r"\d{4}$")
    return column.map(lambda value: pattern.sub("XXXX", value))


def sealed_by_python(accounts: pd.Series, bodies: pd.Series) -> pd.Series:
    # The class cannot be pickled.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    keys = {account: AESGCM(KEY) for account in accounts.unique()}

    def seal(account: str, body: str) -> str:
        iv = os.urandom(12)
        return base64.urlsafe_b64encode(iv + keys[account].encrypt(iv, body.encode(), account.encode())).decode()

    return pd.Series([seal(*both) for both in zip(accounts, bodies, strict=True)])


def treated(frame: DataFrame, phone: Callable[[str], Column], body: Column) -> DataFrame:
    return frame.withColumns({"from": phone("from"), "to": phone("to"), "body": body})


def contestants(frame: DataFrame) -> dict[str, DataFrame]:
    arrow_udf: Any = getattr(functions, "arrow_udf")
    same = arrow_udf(identity, returnType="string")
    pandas_udf: Any = getattr(functions, "pandas_udf")
    python, seal = pandas_udf(phone_by_python, "string"), pandas_udf(sealed_by_python, "string")
    aes = functions.base64(functions.aes_encrypt("body", functions.lit(KEY), functions.lit("GCM")))
    return {
        "as it is": frame,
        "identity, arrow_udf": treated(frame, same, same("account", "body")),
        "pumice, columns": treated(frame, redact("phone"), encrypt("account", "body")),
        "pumice, scrub_df": scrub_df(frame, POLICY),
        "native: regexp_replace, aes_encrypt": treated(frame, lambda name: functions.regexp_replace(name, r"\d{4}$", "XXXX"), aes),
        "python: pandas_udf, re, cryptography": treated(frame, python, seal("account", "body")),
    }


def json_contestants(frame: DataFrame) -> dict[str, DataFrame]:
    event = functions.from_json("value", SCHEMA)
    for name in ("from", "to"):
        event = event.withField(name, functions.regexp_replace(event[name], r"\d{4}$", "XXXX"))
    native = functions.to_json(event.withField("message_body", functions.lit("")))
    arrow_udf: Any = getattr(functions, "arrow_udf")
    return {
        "as it is": frame,
        "identity, arrow_udf": frame.withColumn("value", arrow_udf(identity, returnType="string")("value")),
        "pumice, scrub_json": frame.withColumn("value", scrub_json(JSON_POLICY)("value")),
        "native: from_json, edits, to_json": frame.withColumn("value", native),
    }


def consumed(frame: DataFrame) -> Callable[[], None]:
    return lambda: frame.write.format("noop").mode("overwrite").save()


def answers(frame: DataFrame, body: Column) -> list[Any]:
    return frame.select("from", "to", body.alias("body"), "price").orderBy("price").collect()


def main(count: int, rounds: int, keyring: bytes, root_key: bytes) -> None:
    # Executors have no such module.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # type: ignore[no-untyped-call]
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
    spark = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    configure(spark, keyring=keyring, root_key=root_key)
    few = events(spark, 1_000).cache()
    racing = contestants(few)
    aes = functions.aes_decrypt(functions.unbase64("body"), functions.lit(KEY), functions.lit("GCM")).cast("string")
    opened = {
        "pumice, columns": answers(racing["pumice, columns"], decrypt("account", "body")),
        "pumice, scrub_df": answers(racing["pumice, scrub_df"], decrypt("account", "body")),
        "native: regexp_replace, aes_encrypt": answers(racing["native: regexp_replace, aes_encrypt"], aes),
    }
    by_python = racing["python: pandas_udf, re, cryptography"].select("account", "from", "to", "body", "price").orderBy("price").collect()
    opened["python: pandas_udf, re, cryptography"] = [(row[1], row[2], opened_by_python(row.account, row.body), row.price) for row in by_python]
    due = [(row[2][:-4] + "XXXX", row[3][:-4] + "XXXX", row.body, row.price) for row in few.orderBy("price").collect()]
    check("frames", due, {name: list(map(tuple, rows)) for name, rows in opened.items()})
    json_racing = json_contestants(texts(few))
    scrubbed = {name: sorted(row.value for row in made.collect()) for name, made in json_racing.items() if name.startswith(("pumice", "native"))}
    check("JSON texts", scrubbed["native: from_json, edits, to_json"], dict(scrubbed))
    if not rounds:
        spark.stop()
        return
    many = events(spark, count).cache()
    many.count()
    runs: Contestants = {name: consumed(frame) for name, frame in contestants(many).items()}
    aims = [("pumice, columns", "identity, arrow_udf", "1.15"), ("pumice, columns", "native:*", "0.5"), ("pumice, columns", "python:*", "0.1")]
    race("Frames", runs, count, rounds, aims)
    many.unpersist(blocking=True)
    json_texts = texts(events(spark, count)).cache()
    json_texts.count()
    runs = {name: consumed(frame) for name, frame in json_contestants(json_texts).items()}
    aims = [("pumice, scrub_json", "native:*", "0.33"), ("pumice, scrub_json", "identity, arrow_udf", "")]
    race("JSON texts", runs, count, rounds, aims)
    spark.stop()


def opened_by_python(account: str, sealed: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.urlsafe_b64decode(sealed)
    return AESGCM(KEY).decrypt(raw[:12], raw[12:], account.encode()).decode()
