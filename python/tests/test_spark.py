"""Spark on this machine, two executor processes: frames, columns, streams, SQL; what fails; and that no key was written."""

import base64
import doctest
import os
import pkgutil
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from examples import run_examples
from pyspark.sql import DataFrame, SparkSession, functions
from pyspark.sql.types import ArrayType, MapType, StringType, StructType
from vectors import HOUSE, sections

import pumice
import pumice.spark
from pumice.spark import configure, decrypt, detokenize, encrypt, redact, register, scrub_df, scrub_json, tokenize
from pumice.spark._handover import NO_RULES, handed

ACCOUNT = "AC5f1e09c2"
EVENTS = [(f"+1123456{n:04}", f"text {n}", ACCOUNT, None if n % 7 == 0 else n / 8) for n in range(500)]
COLUMNS = ["from_number", "message_body", "account_sid", "price"]
PHONES = sorted(f"{event[0][:-4]}XXXX" for event in EVENTS)
TEXTS = sorted(event[1] for event in EVENTS)
POLICY = {"pumice": 1, "fields": {"from_number": "phone", "message_body": "text"}}
SEALED = {"pumice": 1, "account": "account_sid", "fields": {"from_number": "phone", "message_body": {"action": "encrypt"}}}
LOG = """
rootLogger.level = info
rootLogger.appenderRef.all.ref = all
appender.all.type = {type}
appender.all.name = all
{where}
appender.all.layout.type = PatternLayout
appender.all.layout.pattern = %d %p %c: %m%n%ex
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything goes that Spark writes of itself."""
    path = tmp_path_factory.mktemp("spark")
    (path / "events").mkdir()
    (path / "driver.properties").write_text(LOG.format(type="File", where=f"appender.all.fileName = {path}/driver.log"))
    (path / "executor.properties").write_text(LOG.format(type="Console", where="appender.all.target = SYSTEM_ERR"))
    return path


@pytest.fixture(scope="module")
def spark(written: Path) -> Iterator[SparkSession]:
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("pumice")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file:{written}/events",
        "spark.eventLog.compress": "false",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{written}/driver.properties",
        "spark.executor.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{written}/executor.properties",
        "spark.task.maxFailures": "2",
        "spark.excludeOnFailure.enabled": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def root() -> dict[str, Any]:
    [keyring] = sections("token")["keyring"]
    return {"keyring": keyring["document"].encode(), "root_key": bytes.fromhex(keyring["root"])}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "subjects").mkdir()
    return tmp_path / "subjects"


@pytest.fixture
def df(spark: SparkSession, root: dict[str, Any]) -> DataFrame:
    configure(spark, **root)
    return spark.createDataFrame(EVENTS, COLUMNS)


def column(df: DataFrame, name: str) -> list[Any]:
    return sorted(row[name] for row in df.select(name).collect())


def failure(df: DataFrame) -> str:
    """What Spark says of a job that fails, without a value of an event."""
    with pytest.raises(Exception, match=".") as caught:
        df.coalesce(1).collect()
    assert "text 0" not in str(caught.value) and "+1123456" not in str(caught.value)
    return str(caught.value)


def code(work: Callable[[], object]) -> str:
    with pytest.raises(pumice.PumiceError) as caught:
        work()
    return caught.value.code


def test_the_job(df: DataFrame, root: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    job = df.withColumn("from_number", redact("phone")("from_number"))
    job = job.withColumn("message_body", encrypt("account_sid", "message_body"))
    assert column(job, "from_number") == PHONES
    sealed = column(job, "message_body")
    scrubber = pumice.Scrubber(NO_RULES, **root)
    assert sorted(scrubber.decrypt_bulk(sealed, ACCOUNT, "message_body")) == TEXTS
    assert column(job.withColumn("message_body", decrypt("account_sid", "message_body")), "message_body") == TEXTS
    job.explain(extended=True)
    plan = capsys.readouterr().out
    # Both go to Python and back once.
    physical = plan[plan.index("== Physical Plan ==") :]
    assert physical.count("ArrowEvalPython [") == 1 and "pumice_redact" in physical and "pumice_encrypt" in physical
    assert not shows_key(plan.encode(), root["root_key"])


def test_frames(spark: SparkSession, df: DataFrame, root: dict[str, Any]) -> None:
    due = {(f"{phone[:-4]}XXXX", "", account, price) for phone, _, account, price in EVENTS}
    scrubbed = scrub_df(df, POLICY)
    assert scrubbed.schema == df.schema
    assert {tuple(row) for row in scrubbed.collect()} == due
    opened = scrub_df(df, SEALED).withColumn("message_body", decrypt("account_sid", "message_body"))
    assert (column(opened, "message_body"), column(opened, "from_number")) == (TEXTS, PHONES)
    ddl = "s string, c string, t timestamp, n timestamp_ntz, d date, m decimal(9,2), b binary, a array<int>, p map<string,int>"
    ddl += ", u struct<ip:string,n:int>, agent string, z interval day to second"
    row = spark.sql(
        "SELECT '+11234567890', 'abc', timestamp'2026-01-01 12:00:00', timestamp_ntz'2026-01-01 12:00:00', date'2026-01-01',"
        " 1.5BD, X'00ff', array(1, 2), map('k', 1), struct('207.164.33.12', 1), 'curl/8.1', interval '1 02:03:04' day to second"
    ).collect()
    wide = spark.createDataFrame(row, ddl)
    fields: dict[str, Any] = {"s": "phone", "u.ip": "ip", "agent": "user_agent", "z": {"action": "drop"}}
    scrubbed = scrub_df(wide, {"pumice": 1, "fields": fields})
    [old], [new] = wide.collect(), scrubbed.collect()
    assert scrubbed.schema.names == wide.schema.names[:-1]
    assert scrubbed.select(*wide.columns[:9]).schema == wide.select(*wide.columns[:9]).schema
    assert new.s == "+1123456XXXX" and tuple(new.u) == ("207.164.0.0", 1) and new.agent.family == "curl" and new[1:9] == old[1:9]


def told(schema: StructType) -> dict[str, dict[str, Any]]:
    """What Spark was told of fields beside their types, at any depth."""
    found: dict[str, dict[str, Any]] = {}
    for field in schema:
        found[field.name] = field.metadata
        kind = field.dataType
        while isinstance(kind, (ArrayType, MapType)):
            kind = kind.elementType if isinstance(kind, ArrayType) else kind.valueType
        inside = told(kind) if isinstance(kind, StructType) else {}
        found.update({f"{field.name}.{name}": metadata for name, metadata in inside.items()})
    return found


def told_of_all(schema: StructType) -> StructType:
    for field in schema:
        field.metadata = {"comment": field.name, "ml_attr": {"vals": ["john@gmail.com"]}}
    return schema


def test_what_is_said_of_treated_columns_goes(spark: SparkSession, df: DataFrame) -> None:
    person = told_of_all(StructType().add("email", "string").add("n", "integer"))
    schema = StructType().add("email", "string").add("n", "integer").add("u", person)
    schema.add("l", ArrayType(person)).add("m", MapType(StringType(), person))
    row = ("john@gmail.com", 1, ("john@gmail.com", 2), [("john@gmail.com", 3)], {"k": ("john@gmail.com", 4), "o": ("john@gmail.com", 5)})
    frame = spark.createDataFrame([row], told_of_all(schema))
    names = {name: name.rpartition(".")[2] for name in told(schema)}
    inside = {name: {name, f"{name}.email"} for name in "ulm"}
    treated: dict[str, set[str]] = {
        "email": {"email"},
        "n": set(),
        "u.email": inside["u"],
        "l[*].email": inside["l"],
        # Of the values of a map all is one type.
        "m.k.email": inside["m"] | {"m.n"},
        "u": inside["u"] | {"u.n"},
    }
    for selector, gone in treated.items():
        rule = {"action": "keep"} if selector == "n" else "email"
        scrubbed = scrub_df(frame, {"pumice": 1, "fields": {selector: rule}}, strict=False)
        assert told(scrubbed.schema) == {name: {} if name in gone else {"comment": said} for name, said in names.items()}
        [new] = scrubbed.collect()
        assert new.n == 1 and new.m["o"].email == "john@gmail.com"
    assert tuple(new.u) == ("j***@gmail.com", None)
    narrow = df.withMetadata("message_body", {"__CHAR_VARCHAR_TYPE_STRING": "varchar(8)"})
    assert told(scrub_df(narrow, SEALED).schema)["message_body"] == {}


def test_variants(spark: SparkSession, df: DataFrame) -> None:
    frame = spark.sql("""
        SELECT 'john@gmail.com' AS email, parse_json('{"email":"john@gmail.com"}') AS v, named_struct('w', v) AS s,
               array(v) AS l, map('k', v) AS m""")

    def scrubbed(rules: dict[str, Any], *columns: str) -> DataFrame:
        return scrub_df(frame.select("email", *columns), {"pumice": 1, "fields": {"email": "email", **rules}}, strict=False)

    for name in frame.columns[1:]:
        assert scrubbed({}, name).schema[name] == frame.schema[name]
        assert [row[0] for row in scrubbed({}, name).collect()] == ["j***@gmail.com"]
        assert code(lambda: scrub_df(frame.select("email", name), {"pumice": 1, "fields": {"**.email": "email"}})) == "column_type"
    for name, selector in {"v": "v.email", "s": "s.w.email", "l": "l[*].email", "m": "m.k.email"}.items():
        assert code(lambda: scrubbed({selector: "email"}, name)) == "column_type"
    for rule, due in {"text": "", "phone": None}.items():
        both = {"v": rule, "s.w": rule, "**.email": "email"}
        assert [tuple(row) for row in scrubbed(both, "v", "s").collect()] == [("j***@gmail.com", due, (due,))]
    assert scrubbed({"v": {"action": "drop"}, "**.email": "email"}, "v").columns == ["email"]


def test_names(spark: SparkSession, df: DataFrame, tmp_path: Path) -> None:
    ddl = "`a.b` string, email string, s struct<`c.d`: string>, `q``.*` int"
    odd = spark.createDataFrame([("john@gmail.com", "x", ("john@gmail.com",), 1)], ddl)
    [new] = scrub_df(odd, {"pumice": 1, "fields": {"email": "text"}}).collect()
    assert tuple(new) == ("john@gmail.com", "", ("john@gmail.com",), 1)
    fields = {'"a.b"': "email", 's."c.d"': "email"}
    scrubbed = scrub_df(odd, {"pumice": 1, "fields": fields})
    assert scrubbed.schema == odd.schema
    assert [tuple(row) for row in scrubbed.collect()] == [("j***@gmail.com", "x", ("j***@gmail.com",), 1)]
    twice = spark.createDataFrame([("john@gmail.com", "x", "+11234567890", 7)], ["email", "d", "email", "D"])
    scrubbed = scrub_df(twice, {"pumice": 1, "fields": {"email": "email", "d": {"action": "drop"}}})
    assert (scrubbed.columns, [tuple(row) for row in scrubbed.collect()]) == (["email", "email", "D"], [("j***@gmail.com", None, 7)])
    assert scrub_df(twice.limit(0), {"pumice": 1, "fields": {"email": "email"}}).collect() == []
    assert scrub_df(twice.select(), {"pumice": 1, "fields": {}}).columns == []
    odd.write.parquet(str(tmp_path / "in"))
    stream = scrub_df(spark.readStream.schema(odd.schema).parquet(str(tmp_path / "in")), {"pumice": 1, "fields": fields})
    writer = stream.writeStream.format("parquet").option("path", str(tmp_path / "out")).option("checkpointLocation", str(tmp_path / "at"))
    writer.trigger(availableNow=True).start().awaitTermination()
    assert [tuple(row) for row in spark.read.parquet(str(tmp_path / "out")).collect()] == [("j***@gmail.com", "x", ("j***@gmail.com",), 1)]
    late = spark.readStream.format("rate").load().withWatermark("timestamp", "1 minute")
    assert "spark.watermarkDelayMs" in scrub_df(late, {"pumice": 1, "fields": {"value": "text"}}, strict=False).schema["timestamp"].metadata


def test_columns(spark: SparkSession, df: DataFrame) -> None:
    agent = redact("user_agent", fields=["family", "os"])("message_body")
    assert df.select(agent.alias("agent")).limit(1).collect()[0]["agent"].asDict().keys() == {"family", "os"}
    bound = df.withColumn("body", encrypt("account_sid", functions.upper("message_body"), field="b"))
    assert column(bound.withColumn("body", decrypt("account_sid", "body", field="b")), "body") == sorted(map(str.upper, TEXTS))
    refused = bound.select(decrypt("account_sid", "body", on_error="code").alias("x")).distinct().collect()
    assert [tuple(row.x) for row in refused] == [(None, "authentication_failed")]
    nothing = bound.select(decrypt("account_sid", "body", on_error="null").alias("x")).distinct().collect()
    assert [row.x for row in nothing] == [None]
    assert "authentication_failed on line 1" in failure(bound.select(decrypt("account_sid", "body")))
    wide = spark.createDataFrame([(ACCOUNT, b"\xff\x00", (1, "x"), 7)], "a string, b binary, s struct<n:int,t:string>, n int")
    for name in ["b", "s", "n"]:
        wide = wide.withColumn(name, encrypt("a", name))
    opened = wide.select(decrypt("a", "b", returns="binary"), decrypt("a", "s"), decrypt("a", "n"), decrypt("a", "b", on_error="code"))
    assert [tuple(row) for row in opened.collect()] == [(b"\xff\x00", '{"n":1,"t":"x"}', "7", (None, "column_type"))]
    with pytest.raises(TypeError, match="needs field$"):
        encrypt("account_sid", functions.upper("message_body"))
    with pytest.raises(ValueError, match="^on_error is"):
        decrypt("account_sid", "message_body", on_error="pass")


def test_tokens_are_equal_across_executors(spark: SparkSession, df: DataFrame, store: Path, root: dict[str, Any]) -> None:
    configure(spark, **root, store=store)
    rows = [(ACCOUNT, f"u-{n % 50}", f"{n % 50}@example.com") for n in range(2000)]
    people = spark.createDataFrame(rows, ["account", "user", "email"]).repartition(8)
    parent = functions.udf(lambda _: os.getppid(), "long")
    drawn = people.withColumn("token", tokenize("account", "user", "email", "email")).withColumn("by", parent("email")).collect()
    # Workers are children of one process in each executor.
    assert len({row.by for row in drawn}) == 2
    assert len({(row.by, row.user) for row in drawn}) == 100
    assert len({(row.user, row.token) for row in drawn}) == len({row.token for row in drawn}) == 50
    assert column(people.select(detokenize(tokenize("account", "user", "email", "email")).alias("x")), "x") == sorted(e for _, _, e in rows)
    fields = {"email": {"type": "email", "action": "tokenize"}}
    policy = {"pumice": 1, "account": "account", "subject": "user", "fields": fields}
    assert set(column(scrub_df(people, policy), "email")) == {row.token for row in drawn}
    here = pumice.Scrubber(policy, **root, store=store)
    assert here.scrub({"account": ACCOUNT, "user": "u-7", "email": "7@example.com"})["email"] in {row.token for row in drawn}
    by_subject = people.withColumn("email", encrypt("account", "email", subject="user"))
    sealed = {row.user: row.email for row in by_subject.collect()}
    assert here.forget(ACCOUNT, "u-7") == 1
    # Whoever has the key in memory may use it on; what is handed over again begins anew.
    configure(spark, **root, store=store)
    tokens = spark.createDataFrame([(row.token,) for row in drawn], ["t"]).select(detokenize("t", on_error="code").alias("x"))
    assert {row.x.value for row in tokens.collect() if row.x.code != "forgotten"} == {e for _, u, e in rows if u != "u-7"}
    both = spark.createDataFrame([(ACCOUNT, sealed["u-7"]), (ACCOUNT, sealed["u-8"])], ["account", "email"])
    opened = both.select(decrypt("account", "email", on_error="code").alias("x")).collect()
    assert [tuple(row.x) for row in opened] == [(None, "forgotten"), ("8@example.com", None)]


def test_json(spark: SparkSession, df: DataFrame) -> None:
    texts = [f'{{"from_number":"{phone}", "n":{n}.0, "message_body":"{text}"}}' for n, (phone, text, _, _) in enumerate(EVENTS)]
    due = [f'{{"from_number":"{phone[:-4]}XXXX", "n":{n}.0, "message_body":""}}' for n, (phone, *_) in enumerate(EVENTS)]
    events = spark.createDataFrame([(text,) for text in texts], ["value"])
    assert column(events.withColumn("value", scrub_json(POLICY)("value")), "value") == sorted(due)
    binary = events.withColumn("value", functions.col("value").cast("binary"))
    assert column(binary.withColumn("value", scrub_json(POLICY)("value")), "value") == sorted(due)
    broken = spark.createDataFrame([(texts[0],), ("{",), (None,), ('{"from_number": "text 0" "text 0"}',)], ["value"]).coalesce(1)
    answers = broken.select(scrub_json(POLICY, on_error="code")("value").alias("x")).collect()
    assert [tuple(row.x) for row in answers] == [(due[0], None), (None, "invalid_json"), (None, None), (None, "invalid_json")]
    assert "invalid_json on line 2 at byte 1" in failure(broken.select(scrub_json(POLICY)("value")))
    bytes_of = spark.createDataFrame([(b'{"a": "\xff"}',)], ["value"])
    assert "invalid_utf8" in failure(bytes_of.select(scrub_json(POLICY)("value")))


def test_sql(spark: SparkSession, df: DataFrame, root: dict[str, Any], store: Path) -> None:
    configure(spark, **root, store=store)
    register(spark)
    df.withColumn("lat", functions.lit(45.4215)).createOrReplaceTempView("events")
    rows = spark.sql("""
        SELECT pumice_redact('phone', from_number) AS phone, pumice_redact('email', 'john@gmail.com', '{"keep": "provider"}') AS mail,
               pumice_redact('coordinate', lat) AS lat, pumice_user_agent('curl/8.1').family AS family,
               pumice_scrub_json('{"pumice": 1, "fields": {"a": "text"}}', '{"a": "x"}') AS json,
               pumice_decrypt(account_sid, pumice_encrypt(account_sid, message_body, 'b'), 'b') AS body,
               pumice_detokenize(pumice_tokenize(account_sid, 'u-1', message_body, 'text')) AS detokenized
        FROM events""").collect()
    assert sorted(row.phone for row in rows) == PHONES and sorted(row.body for row in rows) == TEXTS
    assert all(row.body == row.detokenized for row in rows)
    assert {row[1:5] for row in rows} == {("REDACTED@gmail.com", "45.4", "curl", '{"a": ""}')}
    assert "are literals" in failure(spark.sql("SELECT pumice_redact(message_body, from_number) FROM events"))
    assert "unknown_type" in failure(spark.sql("SELECT pumice_redact('fone', from_number) FROM events"))
    options = {"{": "policy_syntax: ", '["+1123456"]': "policy_shape: ", "null": "policy_shape: ", '{"geo_db": ""}': "unknown_option at /geo_db: "}
    for text, why in options.items():
        said = failure(spark.sql(f"SELECT pumice_redact('phone', from_number, '{text}') FROM events"))
        assert f"pumice.PumiceError: {why}" in said and "JSONDecodeError" not in said
    assert "gives a struct" in failure(spark.sql("SELECT pumice_redact('user_agent', message_body) FROM events"))


def test_values_inside(spark: SparkSession, df: DataFrame) -> None:
    register(spark)
    row = "array('+11234567890') AS a, map('k', '+11234567890') AS m, struct('+11234567890' AS p) AS s, parse_json('\"+11234567890\"') AS v"
    frame = spark.sql(f"SELECT {row}")
    frame.createOrReplaceTempView("inside")
    for name in frame.columns:
        tried = [frame.select(redact("phone")(name)), frame.select(redact("phone", returns="int")(name))]
        tried += [spark.sql(f"SELECT {work} FROM inside") for work in (f"pumice_redact('phone', {name})", f"pumice_user_agent({name})")]
        for each in tried:
            said = failure(each)
            assert "pumice.PumiceError: column_type: " in said and "structs or VARIANTs" in said
    returns = {"a": "array<string>", "m": "map<string,string>", "s": "struct<p: string>"}
    done = frame.select(*(redact("phone", returns=made)(name) for name, made in returns.items()))
    assert [tuple(row) for row in done.collect()] == [(["+1123456XXXX"], {"k": "+1123456XXXX"}, ("+1123456XXXX",))]
    assert "column_type: " in failure(frame.select(redact("phone", returns="array<string>")("m")))


def test_before_arrow_udf(spark: SparkSession, df: DataFrame, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delattr(functions, "arrow_udf", raising=False)
    job = df.withColumn("from_number", redact("phone")("from_number")).withColumn("message_body", encrypt("account_sid", "message_body"))
    job.explain()
    # Of kind 200: a function of series of pandas.
    assert "200" in capsys.readouterr().out
    assert column(job, "from_number") == PHONES
    assert column(job.withColumn("message_body", decrypt("account_sid", "message_body")), "message_body") == TEXTS
    agent = df.select(redact("user_agent")("message_body").alias("a")).limit(1).collect()[0]["a"]
    assert agent.device == "other"
    codes = df.select(decrypt("account_sid", "message_body", on_error="code").alias("x")).distinct().collect()
    assert [tuple(row.x) for row in codes] == [(None, "not_ours")]
    holes = spark.createDataFrame([("+11234567890",), (None,)], ["p"]).coalesce(1)
    assert [row[0] for row in holes.select(redact("phone")("p")).collect()] == ["+1123456XXXX", None]
    others = spark.createDataFrame([(1, ("+11234567890",)), (None, None)], "n int, s struct<p: string>")
    for name in ("n", "s"):
        assert "are for scrub_df" in failure(others.select(redact("phone")(name)))


def test_large_types(spark: SparkSession, df: DataFrame) -> None:
    spark.conf.set("spark.sql.execution.arrow.useLargeVarTypes", "true")
    try:
        job = df.withColumn("from_number", redact("phone")("from_number")).withColumn("message_body", encrypt("account_sid", "message_body"))
        opened = job.withColumn("message_body", decrypt("account_sid", "message_body"))
        assert (column(opened, "from_number"), column(opened, "message_body")) == (PHONES, TEXTS)
        assert column(scrub_df(df, POLICY), "from_number") == PHONES
    finally:
        spark.conf.unset("spark.sql.execution.arrow.useLargeVarTypes")


@pytest.mark.parametrize("by_batch", [False, True])
def test_streams(spark: SparkSession, df: DataFrame, tmp_path: Path, by_batch: bool) -> None:
    df.write.json(str(tmp_path / "in"))
    stream = spark.readStream.schema("from_number string, message_body string, account_sid string").json(str(tmp_path / "in"))

    def scrubbed(frame: DataFrame) -> DataFrame:
        return scrub_df(frame, {"pumice": 1, "fields": {"from_number": "phone"}}).withColumn("message_body", encrypt("account_sid", "message_body"))

    def write(frame: DataFrame, _: int) -> None:
        scrubbed(frame).write.mode("append").json(str(tmp_path / "out"))

    if by_batch:
        writer = stream.writeStream.foreachBatch(write)
    else:
        writer = scrubbed(stream).writeStream.format("json").option("path", str(tmp_path / "out"))
    writer.option("checkpointLocation", str(tmp_path / "at")).trigger(availableNow=True).start().awaitTermination()
    out = spark.read.json(str(tmp_path / "out"))
    assert column(out, "from_number") == PHONES
    assert column(out.withColumn("message_body", decrypt("account_sid", "message_body")), "message_body") == TEXTS


def test_a_scrubber_is_made_once_in_each_process(spark: SparkSession, df: DataFrame) -> None:
    many = df.repartition(16)
    for _ in range(3):
        assert column(scrub_df(many, POLICY), "from_number") == PHONES
        # What another function than pumice's does there changes nothing.
        assert many.select(functions.udf(lambda name: name)("account_sid")).distinct().count() == 1
    given = handed()

    def counts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        info = given.supplies.scrubber.cache_info()
        for _ in batches:
            yield pa.record_batch({"pid": [os.getpid()], "misses": [info.misses], "hits": [info.hits]})

    made = {(row.pid, row.misses) for row in many.mapInArrow(counts, "pid long, misses long, hits long").collect() if row.hits + row.misses}
    assert made and all(misses == 1 for _, misses in made)
    # Less than one for each of 48 tasks.
    assert len(made) <= 8


def test_what_cannot_be_scrubbed_fails(spark: SparkSession, df: DataFrame, root: dict[str, Any]) -> None:
    assert code(lambda: scrub_df(df, {"pumice": 1, "fields": {"from": "phone"}})) == "column_missing"
    assert code(lambda: scrub_df(df, {"pumice": 1, "fields": {"price": "email"}})) == "column_type"
    assert scrub_df(df, {"pumice": 1, "fields": {"from": "phone"}}, strict=False).count() == 500
    for policy in (Path("policy.json"), [POLICY], None):
        with pytest.raises(TypeError, match="^a policy is dict, str or bytes$"):
            scrub_df(df, cast("Any", policy))
    assert code(lambda: redact("fone")) == "unknown_type"
    assert code(lambda: scrub_df(df, b"\xff")) == "invalid_utf8"
    with pytest.raises(ValueError, match="^returns is 'string' or 'binary'$"):
        decrypt("account_sid", "message_body", returns="double")
    with pytest.raises(TypeError, match="^returns is a type's name"):
        redact("phone", returns=cast("Any", StringType()))
    assert code(lambda: redact("ip", uap_rules="regexes.yaml")) == "unknown_option"
    assert code(lambda: redact("ip", geo=["country"])) == "needs_geo"
    fail = {"pumice": 1, "fields": {"message_body": {"type": "phone", "on_invalid": "fail"}}}
    assert "invalid_value on line 1 at message_body" in failure(scrub_df(df, fail))
    nobody = df.withColumn("account_sid", functions.lit(None).cast("string"))
    assert "no_account on line 1" in failure(nobody.select(encrypt("account_sid", "message_body")))
    assert "unknown_account" in failure(df.select(encrypt("message_body", "message_body")))
    assert "no_account" in failure(nobody.select(decrypt("account_sid", encrypt(functions.lit(ACCOUNT), "message_body"), field="message_body")))
    with pytest.raises(TypeError, match="^store is the path of a directory"):
        configure(spark, **root, store="memory")
    assert code(lambda: configure(spark, keyring=root["keyring"], root_key=b"1" * 32)) == "wrong_root"
    assert code(lambda: tokenize("account_sid", "account_sid", "message_body")) == "needs_store"
    configure(spark)
    works: list[Callable[[], object]] = [
        lambda: encrypt("account_sid", "message_body"),
        lambda: decrypt("account_sid", "message_body"),
        lambda: tokenize("account_sid", "account_sid", "message_body"),
        lambda: detokenize("message_body"),
        lambda: scrub_df(df, SEALED),
        lambda: scrub_json(SEALED),
    ]
    assert {code(work) for work in works} == {"needs_keys"}


def test_what_executors_do_not_have_fails(spark: SparkSession, df: DataFrame, root: dict[str, Any], store: Path) -> None:
    configure(spark, **root, store=store)
    tokens = df.select(tokenize("account_sid", "account_sid", "message_body"))
    shutil.rmtree(store)
    assert "store_failed" in failure(tokens)
    assert not store.exists()
    # An executor's own directory, where the shared one is not mounted.
    store.mkdir()
    assert "store_failed" in failure(tokens)
    assert list(store.iterdir()) == []
    driver, key = os.getpid(), root["root_key"]

    def root_key() -> bytes:
        if os.getpid() != driver:
            raise RuntimeError("no key on this host")
        return bytes(key)

    configure(spark, keyring=root["keyring"], root_key=root_key)
    assert "no key on this host" in failure(df.select(encrypt("account_sid", "message_body")))
    configure(spark, keyring=root["keyring"], root_key=lambda: key)
    assert df.select(encrypt("account_sid", "message_body")).count() == 500
    sealed = df.select(encrypt("account_sid", "message_body").alias("x"))
    given = handed()
    assert given._sent is not None
    given._sent.destroy(blocking=True)
    failure(sealed)


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def workers_beside(worker: int) -> list[int]:
    daemon = parent(worker)
    children = Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()
    return [int(child) for child in children]


@pytest.mark.parametrize("who", ["workers", "executor"])
def test_what_was_killed_is_done_again(spark: SparkSession, df: DataFrame, tmp_path: Path, who: str) -> None:
    rows = 48_000

    def slowly(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            (tmp_path / str(os.getpid())).touch()
            time.sleep(0.5)
            yield batch

    phone = functions.format_string("+1123%07d", "id")
    frame = spark.range(0, rows, 1, 16).mapInArrow(slowly, "id long")
    frame = frame.select(phone.alias("from_number"), functions.lit(ACCOUNT).alias("account_sid"), phone.alias("message_body"))
    job = scrub_df(frame, {"pumice": 1, "fields": {"from_number": "phone"}}).withColumn("message_body", encrypt("account_sid", "message_body"))
    opened = job.withColumn("message_body", decrypt("account_sid", "message_body"))
    right = functions.concat(functions.substring("message_body", 1, 8), functions.lit("XXXX")) == functions.col("from_number")
    counts = opened.groupBy(right.alias("right")).agg(functions.countDistinct("message_body").alias("n"))
    came: list[Any] = []
    running = threading.Thread(target=lambda: came.extend(counts.collect()))
    running.start()
    while len(begun := sorted(tmp_path.iterdir(), key=os.path.getmtime)) < 2:
        time.sleep(0.05)
    worker = int(begun[-1].name)
    # All workers of one executor, as a row goes through several; or the executor with them.
    for victim in workers_beside(worker) if who == "workers" else [parent(parent(worker))]:
        os.kill(victim, signal.SIGKILL)
    assert running.is_alive()
    running.join()
    assert [tuple(row) for row in came] == [(True, rows)]


def test_examples(spark: SparkSession, root: dict[str, Any], store: Path) -> None:
    names = ["pumice.spark", *(f"pumice.spark.{module.name}" for module in pkgutil.iter_modules(pumice.spark.__path__))]
    for name in names:
        configure(spark, **root, store=store)
        assert doctest.testmod(import_module(name), extraglobs={"spark": spark, **root}).failed == 0
    assert [name for name in pumice.spark.__all__ if ">>>" not in getattr(pumice.spark, name).__doc__] == []


def test_readme(spark: SparkSession, root: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.json").write_bytes(root["keyring"])
    monkeypatch.chdir(tmp_path)
    text = (HOUSE / "python/README.md").read_text().partition("## Spark")[2]
    assert run_examples(text, {"spark": spark, "root_key": root["root_key"]}) > 5


def shows_key(text: bytes, key: bytes) -> bool:
    """Whether a key stands in a text: raw, in hex, as Python or Java print bytes, or in base64 wherever it begins there."""
    shifted = [base64.b64encode(bytes(shift) + key)[4 * shift and 4 : -4] for shift in range(3)]
    signed = [byte - 256 if byte > 127 else byte for byte in key]
    spelled = [repr(key)[2:-1], ", ".join(map(str, key)), ", ".join(map(str, signed)), ",".join(map(str, signed))]
    found = [key, key.hex().encode(), *shifted, *(text.translate(bytes.maketrans(b"+/", b"-_")) for text in shifted)]
    return any(one in text for one in [*found, *map(str.encode, spelled)]) or key.hex().upper().encode() in text


@pytest.mark.parametrize("spell", [bytes, lambda key: key.hex().encode(), base64.b64encode, lambda key: base64.b64encode(b"x" + key), repr])
def test_a_key_would_be_found(root: dict[str, Any], spell: Callable[[bytes], Any]) -> None:
    spelled = spell(root["root_key"])
    assert shows_key(b"before " + (spelled.encode() if isinstance(spelled, str) else spelled) + b" after", root["root_key"])


# The last: it ends the session, which then has written all that it will.
def test_no_key_was_written(spark: SparkSession, df: DataFrame, written: Path, root: dict[str, Any]) -> None:
    df.select(encrypt("account_sid", "message_body")).collect()
    work = Path(os.environ.get("SPARK_HOME", Path(sys.modules["pyspark"].__file__ or "").parent)) / "work" / spark.sparkContext.applicationId
    spark.stop()
    logs = [file for place in (written / "events", work) for file in place.rglob("*") if file.is_file() and file.suffix != ".jar"]
    texts = [file.read_bytes() for file in [written / "driver.log", *logs]]
    try:
        assert sum(b"pumice_encrypt" in text for text in texts) >= 1
        assert sum(b"CoarseGrainedExecutorBackend" in text for text in texts) >= 2
        assert any(b"SparkListenerApplicationStart" in text for text in texts)
        assert not any(shows_key(text, root["root_key"]) for text in texts)
        assert not any(b"wrapped" in text and b'"mac"' in text for text in texts)
    finally:
        shutil.rmtree(work)
