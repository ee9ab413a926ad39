"""The rows of keyring.json."""

import json

import formats
from formats import Root, b64, from_b64
from world import (
    ACCOUNTS,
    DECRYPT_ONLY,
    DESTROYED,
    ENDED,
    LIVE,
    MAIN,
    PRIMARY,
    REPLACED,
    ROOT,
    TWIN,
    WIDE,
    account_member,
    changed,
    check,
    fixed,
    keyring,
    raw_key,
    spelled,
    token_root,
)


def keyrings():
    mac_key = fixed("MAC key")
    root = Root(ROOT)
    argon2id = {"lanes": 1, "memory_kib": 64, "passes": 1, "salt": b64(fixed("argon2 salt", 16))}
    passphrase = "correct horse 🐎 battery"
    by_passphrase = Root(passphrase=passphrase.encode(), argon2id=argon2id)
    some = {name: ACCOUNTS[name] for name in (MAIN, ENDED, REPLACED, WIDE)}
    whole = keyring(root, some, 42)
    small = keyring(root, {"a": ACCOUNTS["a"]}, 7)
    secret = keyring(by_passphrase, {"a": ACCOUNTS["a"]}, 7)

    def root_of(row):
        def given(member):
            if "root" in row:
                return Root(bytes.fromhex(row["root"]))
            argon2id = member.get("argon2id")
            return argon2id and Root(passphrase=row["passphrase"].encode(), argon2id=argon2id)

        return given

    valid, rows, uses, roots = [], [], [], []

    def wraps(made, why=None, **given):
        key = fixed("wrapped key")
        contexts = [
            [formats.MAC_KEY],
            formats.pairs_of("account_key", MAIN, 1),
            formats.pairs_of("account_key", MAIN, 2),
            formats.pairs_of("token_root", WIDE, 2**53 - 1),
            [("a", "bc")],
            [("ab", "c")],
            [("a", "b"), ("c", "")],
            [],
        ]
        wrapped = [{"context": context, "wrapped": from_b64(made.wrap(key, *context)).hex()} for context in contexts]
        roots.append({**given, "id": made.member["id"], "key": key.hex(), "wraps": wrapped, "why": why})

    wraps(root, root=ROOT.hex())
    wraps(Root(b"\xff" * 32), root="ff" * 32)
    for text, lanes, memory_kib, passes, why in (
        (passphrase, 1, 64, 1, None),
        ("x", 1, 65_536, 3, "the costs of a new one"),
        ("\0", 16, 128, 1, "the least memory for the most lanes"),
        (" ", 4, 33, 16, "memory that is no multiple of the lanes"),
    ):
        costs = {"lanes": lanes, "memory_kib": memory_kib, "passes": passes, "salt": argon2id["salt"]}
        wraps(Root(passphrase=text.encode(), argon2id=costs), why, passphrase=text, argon2id=costs)

    def opens(document, why=None, passphrase=None, like=None):
        """`document` as text; `like` are its members, if a reader of our own would not find them there."""
        row = {"passphrase": passphrase} if passphrase else {"root": ROOT.hex()}
        members = like or json.loads(document)
        listed = [
            {
                "account": account["account"],
                "keys": [{name: key[name] for name in ("version", "state", "kid")} for key in account["keys"]],
                "token_roots": [
                    {name: root[name] for name in ("version", "state", "tag")} for root in account["token_roots"]
                ],
            }
            for account in members["accounts"]
        ]
        row |= {"sequence": members["sequence"], "accounts": listed, "document": document, "why": why}
        found, its_root = formats.open_keyring(document.encode(), root_of(row), members["sequence"])
        assert found == members
        for account in found["accounts"]:
            formats.keys_of(found, its_root, account["account"])
        valid.append(row)

    def refused(document, code, why, passphrase=None, raw=ROOT, at_least=None):
        document = document if isinstance(document, str) else spelled(document)
        row = {"passphrase": passphrase} if passphrase else {"root": raw.hex()}
        row |= {"at_least": at_least, "document": document, "code": code, "why": why}
        check(lambda: formats.open_keyring(document.encode(), root_of(row), at_least or 0), code, why)
        rows.append(row)

    def edit(document, change):
        document = json.loads(spelled(document))
        change(document)
        return formats.with_mac(document, mac_key)

    compact = {"separators": (",", ":")}
    opens(spelled(whole), "every state; an account forgotten, one forgotten and begun again")
    opens(spelled(keyring(root, {}, 1)), "no account yet")
    opens(spelled(whole, indent=2), "white space does not count")
    opens(spelled(small, **compact), "the canonical form itself")
    opens("\n\t\r " + spelled(small) + "\n\n", "white space around it")
    opens(json.dumps(dict(reversed(small.items()))), "the order of members does not count")
    opens(json.dumps(whole, ensure_ascii=True), "escapes do not count")
    escaped = spelled(small).replace('"account"', '"\\u0061ccount"').replace('"a"', '"\\u0061"')
    opens(escaped, "escapes in names do not count", like=small)
    opens(spelled(small).replace("_", "\\u005F"), "escapes where none are needed")
    opens(spelled(keyring(root, {}, 2**53 - 1)), "the highest sequence")
    odd = 'a/"\\\u0001\u001f\u007f\b\f\n\r\t\u2028é🗝'
    odd = {odd: ([PRIMARY], {4: LIVE})}
    opens(spelled(keyring(root, odd, 2)), "every kind of character that the canonical form writes its own way")
    opens(json.dumps(keyring(root, odd, 2)).replace("/", "\\/"), "the same, all escaped")
    old = [DESTROYED, DECRYPT_ONLY, DECRYPT_ONLY]
    opens(spelled(keyring(root, {MAIN: (old, {0: LIVE})}, 9)), "no primary: nothing is sealed any more, and all is opened")
    backwards = edit(whole, lambda document: document["accounts"].reverse())
    opens(spelled(backwards), "accounts in any order, as long as it is the one under the MAC")
    many = {f"AC{number:04}": ([PRIMARY], {number: LIVE}) for number in range(40)}
    opens(spelled(keyring(root, many, 41), **compact), "forty accounts")
    opens(spelled(secret), "a passphrase", passphrase=passphrase)
    lanes = {**argon2id, "lanes": 4, "memory_kib": 33, "passes": 3}
    by_lanes = Root(passphrase=b" ", argon2id=lanes)
    opens(spelled(keyring(by_lanes, {}, 1)), "other costs, and the shortest passphrase; a space counts", passphrase=" ")

    # The shape, with a MAC that is right: nothing but the shape refuses them.
    def shape(change, why, document=small):
        refused(edit(document, change), "keyring_invalid", why)

    first = lambda document: document["accounts"][0]
    main = lambda document: next(account for account in document["accounts"] if account["account"] == MAIN)
    for text, why in (
        ("", "nothing"),
        (" ", "white space"),
        ("null", "no object"),
        ("[]", "no object"),
        ("{}", "no members"),
        ("\ufeff" + spelled(small), "a byte order mark"),
        (spelled(small) + "x", "something behind it"),
        (spelled(small) + spelled(small), "two of them"),
        (spelled(small)[:-1] + ",}", "a trailing comma"),
        (spelled(small).replace('"a"', '"\\ud800"'), "half of a surrogate pair"),
        (spelled(small).replace('"a"', '"\t"'), "a control character, not escaped"),
    ):
        refused(text, "keyring_invalid", why)
    for share in range(1, 10):
        text = spelled(small)
        refused(text[: len(text) * share // 10], "keyring_invalid", f"cut to {share} tenths")
    refused(spelled(small)[:-1], "keyring_invalid", "its last character cut")
    for name in small:
        refused({key: member for key, member in small.items() if key != name}, "keyring_invalid", f"without `{name}`")
        refused(spelled({**small, name: None}), "keyring_invalid", f"`{name}` is null")
        escape = f"\\u{ord(name[0]):04x}{name[1:]}"
        refused(
            spelled(small)[:-1] + f', "{escape}": {spelled(small[name])}}}',
            "keyring_invalid",
            f"`{name}` twice, once in escapes",
        )
        twice = spelled(small)[:-1] + f', "{name}": {spelled(small[name])}}}'
        refused(twice, "keyring_invalid", f"`{name}` twice")
    for name in ("pumice_keyring", "sequence"):
        for other in ("7.0", "7e0", "-7", "-0", "07", '"7"', "true", "9007199254740992", "18446744073709551616", "1e999"):
            text = spelled(small).replace(f'"{name}": {small[name]}', f'"{name}": {other}')
            refused(text, "keyring_invalid", f"`{name}` is {other}")
    for other in ([], {}, 1, ["id", "kind"], "local"):
        shape(lambda document: document.update(root=other), "a root that is no object of its members")
    for other in ({}, "", None, [[]], [["a", [], []]], [None]):
        shape(lambda document: document.update(accounts=other), "accounts that are no list of objects")
    for name in ("keys", "token_roots"):
        for other in ({}, None, [None], [[]], [list(first(small)[name][0].values())]):
            shape(lambda document: first(document).update({name: other}), f"`{name}` that are no list of objects")
    for other in (None, 1, ["a"]):
        shape(lambda document: first(document).update(account=other), "an account's name that is no string")
    for other in (None, 1, {"primary": None}, ["primary"]):
        shape(lambda document: first(document)["keys"][0].update(state=other), "a state that is no string")
    for other in (None, "1", True, 1.0, -1, 2**64 + 1):
        shape(lambda document: first(document)["keys"][0].update(version=other), f"a version that is {other}")
    for other in (None, 1, []):
        for name in ("kid", "wrapped"):
            shape(lambda document: first(document)["keys"][0].update({name: other}), f"a `{name}` that is no string")
    for other in (None, ""):
        shape(
            lambda document: main(document)["keys"][0].update(wrapped=other),
            "a destroyed key with a `wrapped` that is empty",
            whole,
        )
    for other in (None, {}, []):
        shape(lambda document: document["root"].update(argon2id=other), "`argon2id` where there is no passphrase")
    shape(lambda document: document.update(pumice_keyring=2), "a newer version")
    shape(lambda document: document.update(pumice_keyring=0), "an older version")
    shape(lambda document: document.update(extra=1), "a member that there is not")
    shape(lambda document: document["root"].update(extra=1), "a member of the root that there is not")
    shape(lambda document: first(document).update(extra=1), "a member of an account that there is not")
    shape(lambda document: first(document)["keys"][0].update(extra=1), "a member of a key that there is not")
    shape(lambda document: first(document)["token_roots"][0].update(extra=1), "a member of a token root that there is not")
    for name in ("id", "kind"):
        shape(lambda document: document["root"].pop(name), f"a root without `{name}`")
    for name in ("account", "keys", "token_roots"):
        shape(lambda document: first(document).pop(name), f"an account without `{name}`")
    for name in ("kid", "state", "version", "wrapped"):
        shape(lambda document: first(document)["keys"][0].pop(name), f"a key without `{name}`")
    for name in ("tag", "state", "version", "wrapped"):
        shape(lambda document: first(document)["token_roots"][0].pop(name), f"a token root without `{name}`")
    shape(lambda document: first(document).update(account=""), "an account without a name")
    shape(lambda document: first(document).update(account="n" * 65_536), "an account with too long a name")
    shape(lambda document: document["accounts"].append(account_member(root, "a", [PRIMARY], {2: LIVE})), "an account twice")
    shape(lambda document: main(document)["keys"][1].update(state=PRIMARY), "two primary keys", whole)
    again = lambda document: next(account for account in document["accounts"] if account["account"] == REPLACED)

    def two_live(document):
        again(document)["token_roots"][0].update(state=LIVE, wrapped=again(document)["token_roots"][1]["wrapped"])

    shape(two_live, "two live token roots", whole)
    shape(lambda document: again(document)["token_roots"].pop(), "living keys, and no live token root", whole)

    def headless(document):
        first(document)["keys"][0].update(state=DESTROYED)
        del first(document)["keys"][0]["wrapped"]

    shape(headless, "a live token root, and no living key")
    for state in ("Primary", "", LIVE, "deleted"):
        shape(lambda document: first(document)["keys"][0].update(state=state), f"a key that is `{state}`")
    for state in (PRIMARY, DECRYPT_ONLY, ""):
        shape(lambda document: first(document)["token_roots"][0].update(state=state), f"a token root that is `{state}`")
    shape(lambda document: first(document)["keys"][0].update(state=DESTROYED), "a destroyed key that is still there")
    shape(
        lambda document: first(document)["token_roots"][0].update(state=DESTROYED),
        "a destroyed token root that is still there",
    )
    for name in ("keys", "token_roots"):
        shape(lambda document: first(document).update({name: []}), f"an account whose `{name}` are none")
    twin = account_member(root, "twin", [PRIMARY], {TWIN: LIVE})
    shape(lambda document: document["accounts"].append(twin), "two live token roots that share a hint")
    for version in (0, 2):
        shape(lambda document: first(document)["keys"][0].update(version=version), f"versions that begin with {version}")
        shape(
            lambda document: first(document)["token_roots"][0].update(version=version),
            f"token roots that begin with {version}",
        )
    shape(lambda document: main(document)["keys"][2].update(version=4), "a version left out", whole)
    shape(lambda document: main(document)["keys"][2].update(version=2), "a version twice", whole)
    shape(lambda document: main(document)["keys"].reverse(), "versions that descend", whole)
    shape(lambda document: main(document)["keys"].pop(0), "the first version left out", whole)
    kid_of = lambda document, at: main(document)["keys"][at]["kid"]
    shape(lambda document: main(document)["keys"][1].update(kid=kid_of(document, 2)), "two equal kids in an account", whole)
    shape(
        lambda document: main(document)["keys"][0].update(kid=kid_of(document, 2)),
        "a kid that is that of a destroyed key",
        whole,
    )
    shape(
        lambda document: again(document)["keys"][1].update(kid=kid_of(document, 2)), "two equal kids in two accounts", whole
    )
    tag_of = lambda document: main(document)["token_roots"][0]["tag"]
    shape(lambda document: again(document)["token_roots"][1].update(tag=tag_of(document)), "two equal tags", whole)
    for name, path in (
        ("kid", lambda document: first(document)["keys"][0]),
        ("tag", lambda document: first(document)["token_roots"][0]),
        ("mac_key", lambda document: document),
        ("wrapped", lambda document: first(document)["keys"][0]),
    ):
        text = path(small)[name]
        for other, why in (
            (text + "=", "padding"),
            (text[:-1], "cut"),
            (text[:-1] + "+", "the standard alphabet"),
            ("", "empty"),
        ):
            shape(lambda document: path(document).update({name: other}), f"`{name}`: {why}")
    for other, why in (
        (b64(bytes(15)), "15 bytes"),
        (b64(bytes(17)), "17 bytes"),
        ("AAAAAAAAAAAAAAAAAAAAAB", "last bits not zero"),
    ):
        shape(lambda document: first(document)["keys"][0].update(kid=other), f"`kid`: {why}")
    for size in (15, 16, 31, 32, 47, 49):
        shape(lambda document: document.update(mac_key=b64(bytes(size))), f"`mac_key` of {size} bytes")
        shape(lambda document: first(document)["keys"][0].update(wrapped=b64(bytes(size))), f"a wrapped key of {size} bytes")
        shape(
            lambda document: first(document)["token_roots"][0].update(wrapped=b64(bytes(size))),
            f"a wrapped token root of {size} bytes",
        )
    mac = small["mac"]
    for other, why in (
        (mac + "=", "padding"),
        (mac[:-1], "cut"),
        (b64(bytes(31)), "31 bytes"),
        (b64(bytes(33)), "33 bytes"),
        ("", "empty"),
    ):
        refused({**small, "mac": other}, "keyring_invalid", f"`mac`: {why}")

    # Passphrases: costs out of bounds are refused before anything is computed.
    def costs(why, code="keyring_invalid", **changes):
        document = json.loads(spelled(secret))
        document["root"]["argon2id"].update(changes)
        refused(formats.with_mac(document, mac_key), code, why, passphrase=passphrase)

    for name, most in (("lanes", 16), ("memory_kib", 1_048_576), ("passes", 16)):
        costs(f"Argon2id: `{name}` is 0", **{name: 0})
        costs(f"Argon2id: `{name}` is beyond its bound", **{name: most + 1})
        costs(f"Argon2id: `{name}` is far beyond its bound", **{name: 2**32})
    costs("Argon2id: less than 8 KiB a lane", memory_kib=7)
    costs("Argon2id: less than 8 KiB a lane", memory_kib=31, lanes=4)
    costs("Argon2id: a salt of 15 bytes", salt=b64(bytes(15)))
    costs("Argon2id: a salt of 17 bytes", salt=b64(bytes(17)))
    costs("Argon2id: a salt with padding", salt=argon2id["salt"] + "=")
    costs("Argon2id: another member", extra=1)
    costs("Argon2id: other costs give another root", "wrong_root", passes=2)
    costs("Argon2id: other costs give another root", "wrong_root", memory_kib=65)
    costs("Argon2id: another salt gives another root", "wrong_root", salt=b64(bytes(16)))
    document = json.loads(spelled(secret))
    del document["root"]["argon2id"]["lanes"]
    refused(formats.with_mac(document, mac_key), "keyring_invalid", "Argon2id: no `lanes`", passphrase=passphrase)
    document = json.loads(spelled(secret))
    del document["root"]["argon2id"]
    refused(formats.with_mac(document, mac_key), "keyring_invalid", "a passphrase without `argon2id`", passphrase=passphrase)
    shape(lambda document: document["root"].update(argon2id=argon2id), "`argon2id` where there is no passphrase")
    refused(secret, "wrong_root", "another passphrase", passphrase=passphrase + " ")
    refused(secret, "wrong_root", "another passphrase", passphrase=passphrase.upper())
    refused(secret, "wrong_root", "a root of 32 bytes for a keyring of a passphrase")

    # The root.
    refused(small, "wrong_root", "another root", raw=bytes(range(1, 33)))
    refused(small, "wrong_root", "another root by a bit", raw=changed(ROOT, 31))
    refused(edit(small, lambda document: document["root"].update(kind="kms")), "wrong_root", "made under a key service")
    other_id = Root(bytes(range(1, 33))).member["id"]
    refused(edit(small, lambda document: document["root"].update(id=other_id)), "wrong_root", "the id of another root")
    for other, why in (
        ("", "no id"),
        (b64(bytes(15)), "an id of 15 bytes"),
        ("/".ljust(22, "A"), "an id in another alphabet"),
    ):
        shape(lambda document: document["root"].update(id=other), f"the root has {why}")
    for kind in ("", "passphrase"):
        shape(lambda document: document["root"].update(kind=kind), f"a root of the kind `{kind}`")
    shape(lambda document: document["root"].update(kind="kms", id=""), "a key service's root without a name")
    refused(small, "wrong_root", "a passphrase for a keyring of a root of 32 bytes", passphrase=passphrase)

    # Edits by one who does not have the keys.
    def tampered(change, why, document=whole):
        document = json.loads(spelled(document))
        change(document)
        refused(document, "keyring_tampered", why)

    other_root = Root(bytes(range(1, 33)))
    for at in (0, 31):
        tampered(lambda document: document.update(mac=b64(changed(from_b64(document["mac"]), at))), f"byte {at} of the MAC")
    tampered(lambda document: document.update(mac=b64(bytes(32))), "a MAC of zeros")
    tampered(lambda document: document.update(mac=small["mac"]), "the MAC of another keyring under the same root")
    tampered(lambda document: document.update(formats.with_mac(document, bytes(32))), "a MAC under a key of zeros")
    tampered(lambda document: document.update(formats.with_mac(document, ROOT)), "a MAC under the root itself")
    own = fixed("MAC key of another")
    wrapped = other_root.wrap(own, formats.MAC_KEY)
    forged = formats.with_mac({**whole, "mac_key": wrapped, "sequence": 43}, own)
    refused(forged, "keyring_tampered", "a MAC key of one's own, wrapped under one's own root")
    account_key = next(account for account in whole["accounts"] if account["account"] == MAIN)["keys"][2]["wrapped"]
    forged = formats.with_mac({**whole, "mac_key": account_key}, raw_key(MAIN, 3))
    refused(forged, "keyring_tampered", "an account's key in place of the MAC key, by one who knows it")
    for at in (0, 16, 47):
        tampered(
            lambda document: document.update(mac_key=b64(changed(from_b64(document["mac_key"]), at))),
            f"byte {at} of `mac_key`",
        )
    tampered(lambda document: document.update(sequence=43), "the sequence one higher")
    tampered(lambda document: document.update(sequence=41), "the sequence one lower")
    refused({**whole, "sequence": 43}, "keyring_tampered", "the sequence raised to what the caller knows", at_least=43)
    tampered(lambda document: document["accounts"].clear(), "all accounts taken out")
    tampered(lambda document: document["accounts"].pop(), "an account taken out")
    tampered(lambda document: document["accounts"].reverse(), "accounts in another order")
    added = account_member(root, "ab", *ACCOUNTS["ab"])
    tampered(lambda document: document["accounts"].append(added), "an account put in")
    tampered(lambda document: main(document).update(account="AC5f1e09c3"), "an account renamed")
    tampered(lambda document: main(document)["keys"].pop(), "the newest key taken out")
    tampered(
        lambda document: (
            main(document)["keys"][1].update(state=PRIMARY) or main(document)["keys"][2].update(state=DECRYPT_ONLY)
        ),
        "the primary key demoted",
    )
    tampered(lambda document: main(document)["keys"][2].update(state=DECRYPT_ONLY), "a state changed")
    tampered(
        lambda document: main(document)["keys"][1].pop("wrapped") and main(document)["keys"][1].update(state=DESTROYED),
        "a key destroyed",
    )
    revived = root.wrap(raw_key(MAIN, 1), *formats.pairs_of("account_key", MAIN, 1))
    tampered(
        lambda document: main(document)["keys"][0].update(state=DECRYPT_ONLY, wrapped=revived),
        "a destroyed key brought back",
    )
    tampered(
        lambda document: main(document)["keys"][2].update(kid=b64(changed(from_b64(kid_of(document, 2)), 0))),
        "a kid changed",
    )
    tampered(lambda document: main(document)["token_roots"][0].update(tag=b64(bytes(8))), "a tag changed")

    def swap(one, other):
        one["wrapped"], other["wrapped"] = other["wrapped"], one["wrapped"]

    swaps = (
        (
            lambda document: swap(main(document)["keys"][1], main(document)["keys"][2]),
            "wrapped keys swapped between versions",
        ),
        (
            lambda document: swap(main(document)["keys"][2], again(document)["keys"][1]),
            "wrapped keys swapped between accounts",
        ),
        (
            lambda document: swap(main(document)["token_roots"][0], again(document)["token_roots"][1]),
            "token roots swapped between accounts",
        ),
        (
            lambda document: swap(main(document)["keys"][2], main(document)["token_roots"][0]),
            "a key and a token root swapped",
        ),
    )
    for change, why in swaps:
        tampered(change, why)
    change = lambda document: main(document)["keys"][2].update(
        wrapped=b64(changed(from_b64(main(document)["keys"][2]["wrapped"]), 20))
    )
    tampered(change, "a wrapped key changed")

    # Pins.
    for at_least in (43, 2**53 - 1, 2**64 - 1):
        refused(whole, "keyring_rolled_back", "older than the caller knows", at_least=at_least)
    refused(keyring(root, {}, 0), "keyring_rolled_back", "the lowest sequence", at_least=1)

    # What the MAC says is right, and the wrapping does not: by one who has the MAC key but not the root.
    def unusable(change, why, account=MAIN):
        document = edit(whole, change)
        given = {
            "root": ROOT.hex(),
            "account": account,
            "document": spelled(document),
            "code": "keyring_tampered",
            "why": why,
        }
        found, its_root = formats.open_keyring(given["document"].encode(), root_of(given))
        check(lambda: formats.keys_of(found, its_root, account), given["code"], why)
        uses.append(given)

    for change, why in swaps:
        unusable(change, why)
    for at in (0, 16, 47):
        change = lambda document: main(document)["keys"][2].update(
            wrapped=b64(changed(from_b64(main(document)["keys"][2]["wrapped"]), at))
        )
        unusable(change, f"byte {at} of a wrapped key changed")
    pairs = formats.pairs_of("account_key", MAIN, 3)
    for other, why in (
        (root.wrap(raw_key(MAIN, 2), *pairs), "another key than the kid says"),
        (root.wrap(raw_key(MAIN, 3), *pairs[:2]), "wrapped without its version"),
        (root.wrap(raw_key(MAIN, 3), *reversed(pairs)), "wrapped with its pairs in another order"),
        (other_root.wrap(raw_key(MAIN, 3), *pairs), "wrapped under another root"),
    ):
        unusable(lambda document: main(document)["keys"][2].update(wrapped=other), why)
    pairs = formats.pairs_of("token_root", MAIN, 1)
    other = root.wrap(token_root(1), *pairs)
    unusable(lambda document: main(document)["token_roots"][0].update(wrapped=other), "another token root than the tag says")
    unusable(lambda document: main(document).update(account="AC5f1e09c3"), "an account renamed", "AC5f1e09c3")

    about = (
        "Keyrings, made from docs/FORMATS.md by tests/formats/make_vectors.py. 'root' is a root of 32 bytes in hex; 'passphrase' a passphrase."
        " 'roots': which 'id' a root has and what it 'wraps' a key to, in each context. 'valid': documents and what is in them. 'invalid': documents that are refused, and with which code, by a caller that knows the"
        " sequence to be 'at_least' that. 'unusable': documents that open, since their MAC is right, and whose 'account' cannot be used:"
        " with which code. Any of the valid ones cut short is refused too, unless only white space was cut."
    )
    return {"about": about, "roots": roots, "valid": valid, "invalid": rows, "unusable": uses}
