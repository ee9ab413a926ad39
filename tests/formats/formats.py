"""docs/FORMATS.md in Python: makes and reads keys, ciphertexts, tokens, hashes and keyrings; knows nothing of the Rust."""

import base64
import json
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PUM, PTK, PHS = bytes.fromhex("a6e9b5"), bytes.fromhex("a6d935"), bytes.fromhex("a61b35")
STRING, JSON, BYTES = 1, 2, 3
TYPES = {"phone": 1, "email": 2, "ip": 3, "user_agent": 4, "coordinate": 5, "text": 6}
MOST = 65_535


class Refused(Exception):
    """Carries the code."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


# Notation


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(text, code="malformed"):
    """The bytes of a text in its one canonical spelling."""
    if not re.fullmatch("[A-Za-z0-9_-]*", text, re.ASCII) or len(text) % 4 == 1:
        raise Refused(code)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise Refused(code)
    return data


def hkdf(key, info, length, salt=None):
    return HKDF(SHA256(), length, salt, info).derive(key)


def hmac(key, data):
    mac = HMAC(key, SHA256())
    mac.update(data)
    return mac.finalize()


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def counted(*texts):
    """Each text behind its length."""
    return b"".join(len(text).to_bytes(2, "big") + text for text in (text.encode() for text in texts))


def siv(key, ad, data):
    return AESSIV(key).encrypt(data, [ad])


def siv_open(key, ad, data, code):
    try:
        return AESSIV(key).decrypt(data, [ad])
    except InvalidTag:
        raise Refused(code) from None


# Keys


class AccountKey:
    def __init__(self, key):
        self.kid = hkdf(key, b"pumice/1/kid", 16)
        self.enc = hkdf(key, b"pumice/1/enc", 32)
        self.hash = hkdf(key, b"pumice/1/hash", 32)


class TokenRoot:
    def __init__(self, root):
        self.tag = hkdf(root, b"pumice/1/tag", 8)
        self.hint = self.tag[:5]
        self.index = hkdf(root, b"pumice/1/index", 32)
        self.mask = hkdf(root, b"pumice/1/mask", 32)
        self.wrap = hkdf(root, b"pumice/1/wrap", 64)

    def record_key(self, subject):
        return self.tag + hmac(self.index, subject.encode())[:16]

    def wrap_subject(self, record_key, record_id, subject_key):
        return siv(self.wrap, b"pumice/1/subject" + record_key + record_id, subject_key)

    def unwrap_subject(self, record_key, record_id, wrapped):
        return siv_open(self.wrap, b"pumice/1/subject" + record_key + record_id, wrapped, "authentication_failed")


def token_key(subject_key, kind):
    word = next(word for word, number in TYPES.items() if number == kind & 15)
    return hkdf(subject_key, b"pumice/1/token/" + word.encode(), 64)


def subject_enc(subject_key, account_key):
    return hkdf(subject_key, b"pumice/1/subject/enc", 32, salt=account_key.enc)


# Ciphertext


def message_key(enc, salt):
    return hkdf(enc, b"pumice/1/msg" + salt, 32)


def locator_mask(token_root, salt, iv):
    return hmac(token_root.mask, b"pumice/1/locator" + salt + iv)[:9]


def seal(account_key, account, field, what, plain, salt, iv, subject=None):
    """The bytes of a ciphertext; with `subject`, a (token root, record id, subject key), under that subject's key too."""
    head, enc = PUM + bytes([1, what << 4 | (subject is not None)]) + account_key.kid, account_key.enc
    if subject:
        token_root, record_id, subject_key = subject
        head += xor(record_id, locator_mask(token_root, salt, iv))
        enc = subject_enc(subject_key, account_key)
    head += salt
    ad = head + counted(account, field)
    return head + iv + AESGCM(message_key(enc, salt)).encrypt(iv, plain, ad)


def prefixed(text, letters, magic):
    """The bytes of a text that begins like one of ours."""
    if not re.match(letters + "[0-9]", text):
        raise Refused("not_ours")
    if text[3] != "1":
        raise Refused("unknown_version")
    data = from_b64(text)
    assert data[:3] == magic
    return data


def refuse(_):
    raise ValueError


def text_of(what, plain):
    """What was sealed, if it is what it is said to be."""
    try:
        text = plain if what == BYTES else plain.decode()
        if what == JSON:
            json.loads(text, parse_constant=refuse)
    except ValueError:
        raise Refused("authentication_failed") from None
    return what, plain


def decrypt(world, text, account, field):
    data = prefixed(text, "pum", PUM)
    if len(data) < 5:
        raise Refused("malformed")
    suite, flags = data[3], data[4]
    what, by_subject = flags >> 4, flags & 1
    if suite != 1 or flags & 0b1110 or what not in (STRING, JSON, BYTES):
        raise Refused("unknown_version")
    if len(data) < (70 if by_subject else 61):
        raise Refused("malformed")
    at = 30 if by_subject else 21
    kid, masked, salt, iv, sealed = data[5:21], data[21:at], data[at : at + 12], data[at + 12 : at + 24], data[at + 24 :]
    if account not in world.accounts:
        raise Refused("unknown_account")
    keys, token_roots = world.accounts[account]
    if kid not in keys:
        raise Refused("unknown_key")
    account_key = keys[kid]
    if account_key is None:
        raise Refused("key_destroyed")
    enc = account_key.enc
    if by_subject:
        token_root = next(root for root in token_roots.values() if root)
        subject_key = world.subject_key(token_root, xor(masked, locator_mask(token_root, salt, iv)))
        enc = subject_enc(subject_key, account_key)
    if not 1 <= len(field.encode()) <= MOST:
        raise Refused("authentication_failed")
    try:
        plain = AESGCM(message_key(enc, salt)).decrypt(iv, sealed, data[: at + 12] + counted(account, field))
    except InvalidTag:
        raise Refused("authentication_failed") from None
    return text_of(what, plain)


# Token and hash


def step(length):
    """The least of 16, 24, 32, 48, 64, 96, … that is at least this."""
    power = 16
    while True:
        for size in (power, power * 3 // 2):
            if length <= size:
                return size
        power *= 2


def padded(value):
    return (value + b"\x80").ljust(step(len(value) + 1), b"\0")


def unpadded(data):
    value = data.rstrip(b"\0")
    if value[-1:] != b"\x80" or step(len(value)) != len(data):
        raise Refused("authentication_failed")
    return value[:-1]


def token_ad(head, record_id, account):
    return head + record_id + counted(account)


def seal_token(token_root, record_id, subject_key, account, kind, data):
    """The bytes of a token of padded data."""
    head = PTK + bytes([kind]) + token_root.hint
    sealed = siv(token_key(subject_key, kind), token_ad(head, record_id, account), data)
    mask = hmac(token_root.mask, b"pumice/1/token" + sealed[:16])[:9]
    return head + xor(record_id, mask) + sealed


def detokenize(world, text):
    data = prefixed(text, "ptk", PTK)
    if len(data) < 4:
        raise Refused("malformed")
    kind = data[3]
    if kind >> 4 not in (STRING, JSON) or kind & 15 not in TYPES.values():
        raise Refused("unknown_version")
    if len(data) < 50 or step(len(data) - 34) != len(data) - 34:
        raise Refused("malformed")
    head, masked, sealed = data[:9], data[9:18], data[18:]
    fitting = [
        (account, root)
        for account, (_, roots) in world.accounts.items()
        for tag, root in roots.items()
        if tag[:5] == head[4:]
    ]
    if not fitting:
        raise Refused("unknown_key")
    code = "key_destroyed"
    for account, root in fitting:
        if root is None:
            continue
        try:
            record_id = xor(masked, hmac(root.mask, b"pumice/1/token" + sealed[:16])[:9])
            key = token_key(world.subject_key(root, record_id), kind)
            return account, *text_of(
                kind >> 4, unpadded(siv_open(key, token_ad(head, record_id, account), sealed, "authentication_failed"))
            )
        except Refused as refused:
            if code != "authentication_failed":
                code = refused.code
    raise Refused(code)


def hashed(account_key, kind, value):
    return b64(PHS + hmac(account_key.hash, bytes([kind]) + value)[:24])


# Keyring


class Root:
    """A root of 32 bytes, or of what Argon2id makes of a passphrase."""

    def __init__(self, raw=None, passphrase=None, argon2id=None):
        self.member = {"kind": "local"}
        if passphrase is not None:
            salt = from_b64(argon2id["salt"])
            costs = argon2id["passes"], argon2id["lanes"], argon2id["memory_kib"]
            raw = Argon2id(salt=salt, length=32, iterations=costs[0], lanes=costs[1], memory_cost=costs[2]).derive(
                passphrase
            )
            self.member = {"argon2id": argon2id, "kind": "passphrase"}
        self.member["id"] = b64(hkdf(raw, b"pumice/1/root/id", 16))
        self.key = hkdf(raw, b"pumice/1/root/wrap", 64)

    def wrap(self, key, *pairs):
        return b64(siv(self.key, counted(*(text for pair in pairs for text in pair)), key))

    def unwrap(self, wrapped, *pairs):
        data = from_b64(wrapped, "keyring_invalid")
        return siv_open(self.key, counted(*(text for pair in pairs for text in pair)), data, "keyring_tampered")


MAC_KEY = ("pumice", "keyring_mac")


def pairs_of(what, account, version):
    return ("pumice", what), ("account", account), ("version", str(version))


def canonical(document):
    """RFC 8785, of what a keyring holds: names in ASCII, whole numbers, texts."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def with_mac(document, mac_key):
    document = {name: member for name, member in document.items() if name != "mac"}
    return {**document, "mac": b64(hmac(mac_key, canonical(document)))}


def keyring_of(raw):
    """The members of the document, if it has the shape of one."""

    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    def whole(digits):
        if not re.fullmatch("0|[1-9][0-9]{0,15}", digits) or int(digits) >= 2**53:
            raise ValueError
        return int(digits)

    def has(members, **shape):
        if set(members) != set(shape) or any(type(members[name]) is not kind for name, kind in shape.items()):
            raise ValueError
        return members

    def sized(text, size):
        if len(from_b64(text, "keyring_invalid")) != size:
            raise ValueError

    def wrapped(text, by_bytes):
        data = from_b64(text, "keyring_invalid")
        if len(data) != 48 if by_bytes else not data:
            raise ValueError

    def versions(rows, name, size, states, once):
        if not rows or [row.get("version") for row in rows] != list(range(1, len(rows) + 1)):
            raise ValueError
        for row in rows:
            dead = {} if row.get("state") == "destroyed" else {"wrapped": str}
            has(row, **{name: str}, state=str, version=int, **dead)
            sized(row[name], size)
            if dead:
                wrapped(row["wrapped"], by_bytes)
            if row["state"] not in states:
                raise ValueError
        if sum(row["state"] == once for row in rows) > 1:
            raise ValueError
        return [row[name] for row in rows]

    try:
        document = json.loads(
            raw.decode(), object_pairs_hook=members, parse_int=whole, parse_float=refuse, parse_constant=refuse
        )
        has(document, accounts=list, mac=str, mac_key=str, pumice_keyring=int, root=dict, sequence=int)
        if document["pumice_keyring"] != 1:
            raise ValueError
        sized(document["mac"], 32)
        root = document["root"]
        by_bytes = root.get("kind") in ("local", "passphrase")
        if root.get("kind") == "passphrase":
            costs = has(root, argon2id=dict, id=str, kind=str)["argon2id"]
            has(costs, lanes=int, memory_kib=int, passes=int, salt=str)
            sized(costs["salt"], 16)
            lanes, memory, passes = costs["lanes"], costs["memory_kib"], costs["passes"]
            if not (1 <= lanes <= 16 and 8 * lanes <= memory <= 1_048_576 and 1 <= passes <= 16):
                raise ValueError
        else:
            has(root, id=str, kind=str)
        if by_bytes:
            sized(root["id"], 16)
        elif not root["id"] or not root["kind"]:
            raise ValueError
        wrapped(document["mac_key"], by_bytes)
        names, kids, tags, hints = [], [], [], []
        for account in document["accounts"]:
            has(account, account=str, keys=list, token_roots=list)
            names.append(account["account"])
            kids += versions(account["keys"], "kid", 16, ("primary", "decrypt_only", "destroyed"), "primary")
            tags += versions(account["token_roots"], "tag", 8, ("live", "destroyed"), "live")
            living = [row["state"] != "destroyed" for row in account["keys"]]
            if any(living) != any(root["state"] == "live" for root in account["token_roots"]):
                raise ValueError
            hints += [from_b64(root["tag"])[:5] for root in account["token_roots"] if root["state"] == "live"]
        canonical(document)  # a lone surrogate has no UTF-8
        if any(len(set(each)) != len(each) for each in (names, kids, tags, hints)):
            raise ValueError
        if any(not 1 <= len(name.encode()) <= MOST for name in names):
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("keyring_invalid") from None
    return document


def open_keyring(raw, root, at_least=0):
    """`root` gives the root that the document asks for."""
    document = keyring_of(raw)
    root = root(document["root"])
    if root is None or root.member != document["root"]:
        raise Refused("wrong_root")
    mac_key = root.unwrap(document["mac_key"], MAC_KEY)
    if with_mac(document, mac_key)["mac"] != document["mac"]:
        raise Refused("keyring_tampered")
    if document["sequence"] < at_least:
        raise Refused("keyring_rolled_back")
    return document, root


def keys_of(document, root, account):
    """An account's keys by kid and its token roots by tag; `None` for those that are destroyed."""
    row = next((row for row in document["accounts"] if row["account"] == account), None)
    if row is None:
        raise Refused("unknown_account")

    def living(rows, name, what, derive, public):
        keys = {}
        for row in rows:
            label = from_b64(row[name])
            keys[label] = None
            if "wrapped" in row:
                raw = root.unwrap(row["wrapped"], *pairs_of(what, account, row["version"]))
                keys[label] = derive(raw)
                if public(keys[label]) != label:
                    raise Refused("keyring_tampered")
        return keys

    return (
        living(row["keys"], "kid", "account_key", AccountKey, lambda key: key.kid),
        living(row["token_roots"], "tag", "token_root", TokenRoot, lambda root: root.tag),
    )


class World:
    """A keyring with all its keys unwrapped, and the records of a store."""

    def __init__(self, document, root, records):
        self.accounts = {row["account"]: keys_of(document, root, row["account"]) for row in document["accounts"]}
        self.records = records

    def subject_key(self, token_root, record_id):
        record_key, wrapped = self.records.get(record_id, (b"", b""))
        if not record_key.startswith(token_root.tag):
            raise Refused("forgotten")
        return token_root.unwrap_subject(record_key, record_id, wrapped)
