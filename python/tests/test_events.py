"""Events as Python has them: what comes out, what is refused, and that it quotes nothing."""

import copy
import enum
import gc
import json
import math
import pickle
import traceback
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

import pumice

SECRET = "hunter2-4155550132"
PHONE = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})


def refused(work: Any) -> pumice.PumiceError:
    """The error of this work, which quotes no secret, itself or by what it was raised from."""
    with pytest.raises(pumice.PumiceError) as caught:
        work()
    error = caught.value
    assert error.__cause__ is None and error.__context__ is None
    assert SECRET not in "".join(traceback.format_exception_only(error)) + repr(error) + repr(error.args)
    assert pumice.codes()[error.code] in str(error)
    return error


def test_the_same_kind_comes_out() -> None:
    event = {"from": "+11234567890", "price": -0.0075, "é": "\U0001f600"}
    due = {**event, "from": "+1123456XXXX"}
    assert PHONE.scrub(event) == due
    assert PHONE.scrub(json.dumps(event)) == json.dumps(due)
    assert PHONE.scrub(json.dumps(event).encode()) == json.dumps(due).encode()


def test_a_dict_is_left_as_it_is() -> None:
    event: dict[str, Any] = {"from": ["+11234567890", {"from": "+11234567890"}], "list": [1, 2]}
    before = copy.deepcopy(event)
    out = PHONE.scrub(event)
    assert event == before
    assert out["from"] == ["+1123456XXXX", {"from": "+1123456XXXX"}]
    assert out["list"] == [1, 2] and out["list"] is not event["list"]


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**63, -(2**64), 10**4000, 0.1, -0.0, 1e22, 5e-324, 1.7976931348623157e308, "", "\0\"\\\x7f", [], {}]
    + [[[]], {"": {}}, [1, 1.0, True], "\u2028\U0010ffff"],
)
def test_what_no_rule_names_comes_out_as_it_was(value: Any) -> None:
    out = PHONE.scrub({"value": value})["value"]
    assert (out, repr(out)) == (value, repr(value))


def test_decimals_stay_decimals() -> None:
    event = {"price": Decimal("89.00"), "many": [Decimal("1E+400"), Decimal("-0"), 3]}
    assert repr(PHONE.scrub(event)) == repr({"price": Decimal("89.00"), "many": [Decimal("1E+400"), 0, 3]})
    assert pumice.redact("coordinate", Decimal("45.4215")) == Decimal("45.4")


def test_subclasses_are_what_they_extend() -> None:
    class Color(enum.IntEnum):
        RED = 7

    class Name(str, enum.Enum):
        ANN = "ann"

    class Odd(float):
        def __repr__(self) -> str:
            return SECRET

    event = OrderedDict(color=Color.RED, name=Name.ANN, odd=Odd(1.5), pair=(1, 2))
    assert PHONE.scrub(event) == {"color": 7, "name": "ann", "odd": 1.5, "pair": [1, 2]}


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError(SECRET)


CYCLE: dict[str, Any] = {}
CYCLE["again"] = CYCLE
DEEP: list[Any] = []
for _ in range(128):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({1: SECRET}, "invalid_json"),
        ({None: SECRET}, "invalid_json"),
        ({b"a": SECRET}, "invalid_json"),
        ({"a": {SECRET: {1: 1}}}, "invalid_json"),
        ({SECRET: math.nan}, "invalid_json"),
        ({SECRET: math.inf}, "invalid_json"),
        ({SECRET: Decimal("NaN")}, "invalid_json"),
        ({SECRET: Decimal("-Infinity")}, "invalid_json"),
        ({SECRET: SECRET.encode()}, "invalid_json"),
        ({"a": {SECRET}}, "invalid_json"),
        ({"a": Hostile()}, "invalid_json"),
        ({"a": object()}, "invalid_json"),
        ({"a": 10**5000}, "invalid_json"),
        ({"a": f"{SECRET}\ud800"}, "invalid_utf8"),
        ({f"{SECRET}\ud800": 1}, "invalid_utf8"),
        (f'{{"a": "{SECRET}\ud800"}}', "invalid_utf8"),
        (SECRET.encode() + b"\xff", "invalid_json"),
        (f'{{"{SECRET}": "'.encode() + b'\xff"}', "invalid_utf8"),
        (CYCLE, "too_deep"),
        ({"a": DEEP}, "too_deep"),
    ],
)
def test_what_is_no_event_is_refused(event: Any, code: str) -> None:
    assert refused(lambda: PHONE.scrub(event)).code == code


@pytest.mark.parametrize("event", [None, 1, [], (), bytearray(b"{}"), memoryview(b"{}"), Hostile()])
def test_what_is_no_event_at_all(event: Any) -> None:
    with pytest.raises(TypeError, match="^an event is bytes, str or dict$"):
        PHONE.scrub(event)


def test_arguments_that_are_no_text_are_refused() -> None:
    broken = f"{SECRET}\ud800"
    works: list[Any] = [
        lambda: PHONE.scrub({}, account=broken),
        lambda: PHONE.scrub(b"{}", subject=broken),
        lambda: PHONE.scrub_ndjson(b"{}", account=broken),
        lambda: pumice.Scrubber({"pumice": 1, "fields": {}}, account=broken),
        lambda: PHONE.decrypt(broken, "a", "f"),
        lambda: PHONE.detokenize(broken),
        lambda: PHONE.forget("a", broken),
        lambda: PHONE.named(broken),
    ]
    for work in works:
        assert refused(work).code == "invalid_utf8"
    with pytest.raises(TypeError, match="account"):
        PHONE.scrub({}, account=7)  # type: ignore[call-overload]


def test_dicts_that_others_change() -> None:
    # What is spelled by Python may start the collector, and that what changes the event.
    event: dict[str, Any] = {f"a{n}": [1.5, Decimal("1.5"), 2**70] for n in range(200)}

    class Late:
        def __del__(self) -> None:
            event[f"b{len(event)}"] = 1

    before = gc.get_threshold()
    gc.set_threshold(3, 2, 2)
    try:
        for _ in range(50):
            cycle: list[Any] = [Late()]
            cycle.append(cycle)
            del cycle
            try:
                PHONE.scrub(event)
            except pumice.PumiceError as error:
                assert error.code == "invalid_json"
    finally:
        gc.set_threshold(*before)
    assert len(event) > 200


def test_errors_say_where_and_can_be_pickled() -> None:
    scrubber = pumice.Scrubber({"pumice": 1, "fields": {"a.b": {"type": "phone", "on_invalid": "fail"}}})
    error = refused(lambda: scrubber.scrub_ndjson(b'{"a":{"b":null}}\n{"a":{"b":"%s"}}\n' % SECRET.encode()))
    assert (error.code, error.at, error.line) == ("invalid_value", "a.b", 2)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.code, again.at, again.line) == (str(error), error.code, error.at, error.line)
    assert refused(lambda: PHONE.scrub(f'{{"a": {SECRET}}}')).at == 6


def test_policies_are_refused_with_a_pointer() -> None:
    policies: list[dict[str, Any] | str] = [{"pumice": 1, "fields": {"a": "fone"}}, '{"pumice": 1, "fields": {"a": "fone"}}']
    for policy in policies:
        error = refused(partial(pumice.Scrubber, policy))
        assert (error.code, error.at) == ("unknown_type", "/fields/a")
    assert refused(lambda: pumice.Scrubber({"pumice": 1, "fields": {"a": {"type": "text", "action": "hash"}}})).code == "needs_keys"
    with pytest.raises(TypeError, match="^a policy is dict, str or bytes$"):
        pumice.Scrubber([])  # type: ignore[arg-type]


def test_lines() -> None:
    lines = b'{"from":"+11234567890"}\n\n{\n{"from":1}'
    scrubbed = b'{"from":"+1123456XXXX"}\n\n', b"{\n"
    assert PHONE.scrub_ndjson(lines, on_error="reject") == (scrubbed[0] + b'{"from":"X"}', scrubbed[1])
    with pytest.raises(pumice.PumiceError, match="^invalid_json on line 3 at byte 1: "):
        PHONE.scrub_ndjson(lines)
    with pytest.raises(ValueError, match="^on_error is 'fail' or 'reject'$"):
        PHONE.scrub_ndjson(lines, on_error="ignore")  # type: ignore[call-overload]


def test_report_and_explain() -> None:
    scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})
    scrubber.scrub_ndjson(b'{"from":"+11234567890"}\n{"from":"x"}\n{"from":null}\n{}\n{\n', on_error="reject")
    [row] = scrubber.report()["rules"]
    assert row == {"selector": "from", "treated": 1, "invalid": 1, "null": 1, "absent": 1}
    assert (scrubber.report()["events"], scrubber.report()["refused"]) == (4, 1)
    [rule, rest] = scrubber.explain()
    assert (rule["selector"], rule["before"], rule["after"]) == ("from", '"+11234567890"', '"+1123456XXXX"')
    assert (rest["selector"], rest["words"]) == ("", "stays as it is")


def test_redact() -> None:
    assert pumice.redact("ip", "207.164.33.12", v4_bits=8) == "207.0.0.0"
    assert pumice.redact("phone", {"a": ["+11234567890", None]}) == {"a": ["+1123456XXXX", None]}
    assert refused(lambda: pumice.redact("phone", SECRET)).code == "invalid_value"
    assert refused(lambda: pumice.redact("fone", "")).code == "unknown_type"
    assert refused(lambda: pumice.redact("ip", "", v4_bits=99)).at == "/v4_bits"
    assert refused(lambda: pumice.redact("ip", "", geo=["country"])).code == "needs_geo"
    assert refused(lambda: pumice.Redactor("ip", geo_db=b"")).code == "geo_invalid"
    with pytest.raises(FileNotFoundError, match="absent.mmdb"):
        pumice.Redactor("ip", geo_db="absent.mmdb")


def test_handles_cannot_be_pickled_or_copied() -> None:
    works: list[Callable[[object], object]] = [pickle.dumps, copy.copy, copy.deepcopy]
    for handle in [PHONE, pumice.Redactor("phone")]:
        for work in works:
            with pytest.raises(TypeError, match="cannot pickle"):
                work(handle)


def set_of(**policies: Any) -> dict[str, Any]:
    return {"pumice_set": 1, "by": "event_name", "policies": {name: {"pumice": 1, "fields": rules} for name, rules in policies.items()}}


def test_policies_of_a_set() -> None:
    scrubber = pumice.Scrubber(set_of(login={"ip": "ip"}, order={"email": {"action": "drop"}}))
    assert scrubber.scrub(b'{"email":"a@b.example","event_name":"order"}') == b'{"event_name":"order"}'
    assert refused(lambda: scrubber.scrub({"event_name": SECRET})).code == "unknown_policy"
    assert refused(lambda: scrubber.scrub({"ip": SECRET})).code == "no_policy"
    login = scrubber.named("login")
    assert login.scrub({"event_name": "order", "ip": "207.164.33.12"}) == {"event_name": "order", "ip": "207.164.0.0"}
    assert refused(lambda: scrubber.named(SECRET)).code == "unknown_policy"
    assert {row["policy"] for row in scrubber.explain()} == {"login", "order"}


def test_other_policies_take_their_place_at_once_or_nothing_changes() -> None:
    scrubber = pumice.Scrubber(set_of(login={"ip": "ip"}))
    login = scrubber.named("login")
    error = refused(lambda: scrubber.reload(set_of(login={"ip": "api"})))
    assert (error.code, error.at) == ("unknown_type", "/policies/login/fields/ip")
    assert login.scrub(b'{"ip":"207.164.33.12"}') == b'{"ip":"207.164.0.0"}'
    scrubber.reload(set_of(login={"ip": {"action": "drop"}}))
    assert login.scrub(b'{"ip":"207.164.33.12"}') == b"{}"
    scrubber.reload(set_of(order={}))
    assert refused(lambda: login.scrub(b"{}")).code == "unknown_policy"


def test_the_policy_may_change_while_threads_scrub() -> None:
    scrubber = pumice.Scrubber(set_of(login={"ip": "ip"}))
    dues = {b'{"event_name":"login","ip":"207.164.0.0"}\n' * 500, b'{"event_name":"login"}\n' * 500}
    lines = b'{"event_name":"login","ip":"207.164.33.12"}\n' * 500
    with ThreadPoolExecutor(2) as pool:
        came = [pool.submit(scrubber.scrub_ndjson, lines) for _ in range(200)]
        for at in range(100):
            scrubber.reload(set_of(login={"ip": "ip" if at % 2 else {"action": "drop"}}))
        # Each call ends by the policy that it began with.
        assert {bytes(future.result()) for future in came} <= dues
