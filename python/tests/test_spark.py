"""Spark on this machine: two executor processes, a stream, and a plan that has no key in it."""

import doctest
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

import pumice
from pumice import spark as pumice_spark

EVENTS = [(f"+1123456{n:04}", f"text {n}", "AC5f1e09c2", None if n % 7 == 0 else n / 8) for n in range(500)]
COLUMNS = ["from_number", "message_body", "account_sid", "price"]
POLICY = {"pumice": 1, "fields": {"from_number": "phone", "message_body": "text"}}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("pumice")
    session = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def test_frames_and_columns(spark: SparkSession) -> None:
    df = spark.createDataFrame(EVENTS, COLUMNS).repartition(4)
    due = {(f"{phone[:-4]}XXXX", "", account, price) for phone, _, account, price in EVENTS}
    scrubbed = pumice_spark.scrub_df(df, POLICY)
    assert scrubbed.schema == df.schema
    assert {tuple(row) for row in scrubbed.collect()} == due
    redacted = df.withColumn("from_number", pumice_spark.redact("phone")("from_number")).select("from_number").collect()
    assert {row[0] for row in redacted} == {row[0] for row in due}
    agent = pumice_spark.redact("user_agent", fields=["family", "os"])("message_body")
    assert df.select(agent.alias("agent")).limit(1).collect()[0]["agent"].asDict().keys() == {"family", "os"}


def test_no_key_is_in_the_plan(spark: SparkSession, keys: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    policy = {"pumice": 1, "account": "account_sid", "fields": {"message_body": {"type": "text", "action": "encrypt"}}}
    given = {"keyring": keys["keyring"], "root_key": keys["root_key"]}
    scrubbed = pumice_spark.scrub_df(spark.createDataFrame(EVENTS, COLUMNS), policy, **given)
    scrubbed.explain(extended=True)
    plan = capsys.readouterr().out
    assert "MapInArrow" in plan and keys["root_key"].hex() not in plan.lower() and "wrapped" not in plan
    scrubber = pumice.Scrubber(policy, **given)
    opened = [scrubber.decrypt(row["message_body"], "AC5f1e09c2", "message_body") for row in scrubbed.collect()]
    assert sorted(opened) == sorted(text for _, text, _, _ in EVENTS)


def test_what_cannot_be_scrubbed_fails(spark: SparkSession, keys: dict[str, Any]) -> None:
    df = spark.createDataFrame(EVENTS, COLUMNS)
    with pytest.raises(pumice.PumiceError, match="^column_missing at from: "):
        pumice_spark.scrub_df(df, {"pumice": 1, "fields": {"from": "phone"}}, strict=True)
    with pytest.raises(TypeError, match="^Spark has no store"):
        pumice_spark.scrub_df(df, POLICY, **keys)
    with pytest.raises(pumice.PumiceError, match="^unknown_type"):
        pumice_spark.redact("fone")
    policy = {"pumice": 1, "fields": {"message_body": {"type": "phone", "on_invalid": "fail"}}}
    with pytest.raises(Exception, match="invalid_value on line 1 at message_body") as caught:
        pumice_spark.scrub_df(df, policy).collect()
    assert "text 0" not in str(caught.value)


def test_streams(spark: SparkSession, tmp_path: Path) -> None:
    spark.createDataFrame(EVENTS, COLUMNS).write.json(str(tmp_path / "in"))
    stream = spark.readStream.schema("from_number string, message_body string").json(str(tmp_path / "in"))
    writer = pumice_spark.scrub_df(stream, POLICY).writeStream.format("json").option("path", str(tmp_path / "out"))
    writer.option("checkpointLocation", str(tmp_path / "at")).trigger(availableNow=True).start().awaitTermination()
    out = spark.read.json(str(tmp_path / "out")).collect()
    assert len(out) == len(EVENTS) and {row["message_body"] for row in out} == {""}
    assert all(row["from_number"].endswith("XXXX") for row in out)


def test_examples(spark: SparkSession) -> None:
    result = doctest.testmod(pumice_spark, extraglobs={"spark": spark})
    assert result.failed == 0 < result.attempted
