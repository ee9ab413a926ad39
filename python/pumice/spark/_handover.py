"""What executors need beside the functions that Spark ships to them: keys and databases, broadcast once; knows no column."""

import json
from collections.abc import Callable
from functools import cached_property, lru_cache
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import Any
from weakref import WeakKeyDictionary

from pyspark import Broadcast, SparkContext, cloudpickle
from pyspark.sql import SparkSession

import pumice
from pumice.spark._refusal import refusal

Source = bytes | str | PathLike[str]
Secret = bytes | str | Callable[[], bytes | str]

# What only opens needs no rules.
NO_RULES = json.dumps({"pumice": 1, "fields": {}})


def configure(
    spark: SparkSession,
    *,
    geo: Source | None = None,
    uap: Source | None = None,
    keyring: Source | None = None,
    root_key: Secret | None = None,
    passphrase: Secret | None = None,
    store: str | PathLike[str] | None = None,
) -> None:
    """Hands over what executors need, once: for all that this module makes in the application from here on.

    - `geo` (an mmdb), `uap` (uap-core's `regexes.yaml`), `keyring`: the content of a file as `bytes`, or its path on the driver.
    - `root_key` or `passphrase`: the root of the keyring, as `bytes` or `str`; or a function without arguments that gives it,
      called once in each process, so that it can be fetched there and is in no broadcast.
    - `store`: where subjects' keys are: a directory that is there already, the same one under the same path on the driver and
      on every executor.

    Given again, it replaces all that was given before; what was made with that still has it.

    Raises `PumiceError`, `OSError` or `TypeError` as `Scrubber` does, here on the driver.

    >>> from pumice.spark import configure
    >>> configure(spark, keyring=keyring, root_key=root_key)
    """
    files = {"geo": geo, "uap": uap, "keyring": keyring}
    given: dict[str, Any] = {name: Path(file).read_bytes() if isinstance(file, (str, PathLike)) else file for name, file in files.items()}
    given.update(root_key=root_key, passphrase=passphrase, store=None if store is None else str(Path(store).absolute()))
    if store is not None and not Path(store).is_dir():
        raise TypeError("store is the path of a directory that is there, on every executor too")
    supplies = Supplies(given)
    supplies.scrubber(NO_RULES)
    supplies.mark = None if store is None else _mark(Path(store))
    context = spark.sparkContext
    _handed[context] = Handed(supplies, context.broadcast(supplies), token_hex(16))


def _mark(store: Path) -> str:
    """The name of a file in the store, by which executors know that theirs is the same one and not a directory of their host."""
    for mark in store.glob("spark-*"):
        return mark.name
    mark = store / f"spark-{token_hex(8)}"
    mark.touch(mode=0o600)
    return mark.name


class Supplies:
    """What was handed over, with what was made of it in this process."""

    def __init__(self, given: dict[str, Any], mark: str | None = None) -> None:
        self._given, self.mark = given, mark
        self.scrubber = lru_cache(maxsize=64)(self._scrubber)
        self.redactor = lru_cache(maxsize=64)(self._redactor)

    def __reduce__(self) -> tuple[Any, ...]:
        # A function that gives the root may be one of the job's own.
        dumps: Callable[[object], bytes] = cloudpickle.dumps
        return _received, (dumps(self._given), self.mark)

    def __repr__(self) -> str:
        return "Supplies(..)"

    def _scrubber(self, policy: str, account: str | None = None, subject: str | None = None) -> pumice.Scrubber:
        if self.mark is not None and not Path(self._given["store"], self.mark).exists():
            # In another one, subjects would get other keys.
            raise refusal("store_failed")
        return pumice.Scrubber(policy, account=account, subject=subject, **self._called)

    @cached_property
    def _called(self) -> dict[str, Any]:
        return {name: value() if callable(value) else value for name, value in self._given.items()}

    def _redactor(self, type: str, options: str) -> pumice.Redactor:
        databases = {"geo_db": self._given.get("geo"), "uap_rules": self._given.get("uap")}
        given = json.loads(options)
        for name in given.keys() & databases.keys():
            raise refusal("unknown_option", f"/{name}", why="Databases are for configure.")
        return pumice.Redactor(type, **databases, **given)


def _received(given: bytes, mark: str | None) -> Supplies:
    return Supplies(cloudpickle.loads(given), mark)


class Handed:
    """What was handed over, as a function that Spark ships takes it along: the number of a broadcast."""

    def __init__(self, here: Supplies, sent: Broadcast[Supplies] | None, name: str = "") -> None:
        self._here, self._sent, self._name = here, sent, name

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self._sent, self._name)

    @property
    def supplies(self) -> Supplies:
        """In this process, with what was made of it."""
        return self._here


def _arrived(sent: Broadcast[Supplies] | None, name: str) -> Handed:
    global _last
    if sent is None:
        return _NOTHING
    # Spark keeps the value of a broadcast in a process only until a task comes that does not use it.
    if _last._name != name:
        _last = Handed(sent.value, sent, name)
    return _last


def handed() -> Handed:
    """What was handed over last."""
    context = SparkContext._active_spark_context
    return _NOTHING if context is None else _handed.get(context, _NOTHING)


_NOTHING = Handed(Supplies({}), None)
# What tasks of this process were handed last.
_last = _NOTHING
_handed: WeakKeyDictionary[SparkContext, Handed] = WeakKeyDictionary()
