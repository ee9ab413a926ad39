#!/usr/bin/env python3
"""Writes tests/vectors/envelope.json, token.json and keyring.json from docs/FORMATS.md alone.

`make_vectors.py` writes them; `make_vectors.py --check` says whether the committed ones are what it makes.
"""

import hashlib
import json
import sys
from pathlib import Path

import formats
from formats import BYTES, JSON, STRING, TYPES, AccountKey, Refused, Root, TokenRoot, World, b64, from_b64

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
WORDS = {STRING: "string", JSON: "json", BYTES: "bytes"}
ROOT = bytes(range(32))


def fixed(label, length=32):
    """Bytes that stand where a writer has random ones."""
    return hashlib.sha256(f"pumice vectors: {label}".encode()).digest()[:length]


# Whose keys there are

MAIN, LONG, WIDE, REPLACED, ENDED = "AC5f1e09c2", "n" * 300, "счёт-账户-🗝", "AC-again", "AC-ended"
PRIMARY, DECRYPT_ONLY, DESTROYED, LIVE = "primary", "decrypt_only", "destroyed", "live"

# Each token root by its number. Two pairs share a hint of 5 bytes, and were searched for: the destroyed root of AC-ended
# has that of the live one of AC-again; TWIN that of `a`, and may not live beside it.
TWIN = 1992844
ACCOUNTS = {
    MAIN: ([DESTROYED, DECRYPT_ONLY, PRIMARY], {0: LIVE}),
    ENDED: ([DESTROYED, DESTROYED], {2061104: DESTROYED}),
    REPLACED: ([DESTROYED, PRIMARY], {1: DESTROYED, 2151006: LIVE}),
    "a": ([PRIMARY], {406658: LIVE}),
    "ab": ([PRIMARY], {5: LIVE}),
    LONG: ([PRIMARY], {2: LIVE}),
    WIDE: ([PRIMARY], {3: LIVE}),
}
ANN, GONE, TWICE, SUBJECT = "user-1", "user-2", "user-3", "пользователь 1 ✂"
SUBJECTS = [(MAIN, ANN), (MAIN, GONE), (MAIN, TWICE), (MAIN, SUBJECT), (ENDED, ANN), (REPLACED, ANN)]
SUBJECTS += [("a", ANN), ("ab", ANN), (LONG, ANN), (WIDE, ANN), (WIDE, GONE)]
FORGOTTEN = [(MAIN, GONE)]


def raw_key(account, version):
    return fixed(f"account key {version} of {account}")


def token_root(number):
    return fixed(f"token root {number}")


def raw_root(account, version=None):
    numbers = list(ACCOUNTS[account][1])
    return token_root(numbers[(version or len(numbers)) - 1])


def subject_of(account, subject):
    """A subject's token root, record id and key."""
    label = f"{subject} in {account}"
    return TokenRoot(raw_root(account)), fixed(f"record id of {label}", 9), fixed(f"subject key of {label}")


def account_member(root, account, states, root_states):
    def member(what, version, state, public, raw):
        row = {**public, "state": state, "version": version}
        return row if state == DESTROYED else {**row, "wrapped": root.wrap(raw, *formats.pairs_of(what, account, version))}

    keys = [(version, state, raw_key(account, version)) for version, state in enumerate(states, 1)]
    numbered = enumerate(root_states.items(), 1)
    roots = [(version, state, token_root(number)) for version, (number, state) in numbered]
    return {
        "account": account,
        "keys": [member("account_key", v, s, {"kid": b64(AccountKey(raw).kid)}, raw) for v, s, raw in keys],
        "token_roots": [member("token_root", v, s, {"tag": b64(TokenRoot(raw).tag)}, raw) for v, s, raw in roots],
    }


def keyring(root, accounts, sequence, mac_key=fixed("MAC key")):
    document = {
        "accounts": [account_member(root, name, *accounts[name]) for name in sorted(accounts, key=str.encode)],
        "mac_key": root.wrap(mac_key, formats.MAC_KEY),
        "pumice_keyring": 1,
        "root": root.member,
        "sequence": sequence,
    }
    return formats.with_mac(document, mac_key)


def spelled(document, **how):
    return json.dumps(document, ensure_ascii=False, sort_keys=True, **how)


def the_world():
    """The keyring that envelope.json and token.json share, what a reader makes of it, and the rows that say all that."""
    root = Root(ROOT)
    document = keyring(root, ACCOUNTS, 42)
    records, subjects = {}, []
    for account, subject in SUBJECTS:
        token_root, record_id, key = subject_of(account, subject)
        record_key = token_root.record_key(subject)
        wrapped = token_root.wrap_subject(record_key, record_id, key)
        stored = (account, subject) not in FORGOTTEN and account != ENDED
        if stored:
            records[record_id] = (record_key, wrapped)
        subjects.append(
            {
                "account": account,
                "subject": subject,
                "subject_key": key.hex(),
                "record_key": record_key.hex(),
                "record_id": record_id.hex(),
                "wrapped": wrapped.hex(),
                "stored": stored,
            }
        )
    keys, roots = [], []
    for account, (states, root_states) in ACCOUNTS.items():
        for version, state in enumerate(states, 1):
            raw = raw_key(account, version)
            key = AccountKey(raw)
            row = {"account": account, "version": version, "state": state, "account_key": raw.hex(), "kid": key.kid.hex()}
            keys.append({**row, "K_enc": key.enc.hex(), "K_hash": key.hash.hex()})
        for version, state in enumerate(root_states.values(), 1):
            raw = raw_root(account, version)
            key = TokenRoot(raw)
            row = {"account": account, "version": version, "state": state, "token_root": raw.hex(), "tag": key.tag.hex()}
            derived = {"K_index": key.index.hex(), "K_mask": key.mask.hex(), "K_wrap": key.wrap.hex()}
            roots.append({**row, **derived})
    head = {
        "keyring": [{"root": ROOT.hex(), "document": spelled(document)}],
        "account_keys": keys,
        "token_roots": roots,
        "subjects": subjects,
    }
    return World(document, root, records), head


HEAD = (
    "Bytes are in hex, ciphertexts and tokens as they are written. 'keyring' is the keyring that all rows are opened with, and its"
    " root of 32 bytes; 'account_keys', 'token_roots' and 'subjects' say what is in it and in the store, in the clear, with what is"
    " derived from each: those that are 'destroyed', or not 'stored', a reader does not have."
)


# envelope.json


def spell(what, plain):
    return {"plain_hex": plain.hex()} if what == BYTES else {"plain": plain.decode()}


def sealed(account, field, what, plain, version=None, subject=None, label=None):
    """The bytes of a ciphertext under the account's newest key or this version."""
    version = version or len(ACCOUNTS[account][0])
    label = label or f"{account} {field} {what} {plain.hex()} {subject}"
    salt, iv = fixed(f"salt {label}", 12), fixed(f"iv {label}", 12)
    key = AccountKey(raw_key(account, version))
    return formats.seal(key, account, field, what, plain, salt, iv, subject and subject_of(account, subject))


def envelope_valid(account, field, what, plain, why=None, version=None, subject=None):
    plain = plain.encode() if isinstance(plain, str) else plain
    data = sealed(account, field, what, plain, version, subject)
    at = 30 if subject else 21
    key = AccountKey(raw_key(account, version or len(ACCOUNTS[account][0])))
    enc = formats.subject_enc(subject_of(account, subject)[2], key) if subject else key.enc
    salt, iv = data[at : at + 12], data[at + 12 : at + 24]
    row = {"account": account, "field": field, "subject": subject, "kind": WORDS[what], **spell(what, plain)}
    row |= {"salt": salt.hex(), "iv": iv.hex(), "key": formats.message_key(enc, salt).hex()}
    if len(field) < 1000:
        row["ad"] = (data[: at + 12] + formats.counted(account, field)).hex()
    return {**row, "text": b64(data), "why": why}


def changed(data, at, damage=1):
    return data[:at] + bytes([data[at] ^ damage]) + data[at + 1 :]


def envelope():
    world, head = the_world()
    valid = [
        envelope_valid(MAIN, "message_body", STRING, "This is a sample message body"),
        envelope_valid(MAIN, "message_body", STRING, "", "nothing is 61 bytes"),
        envelope_valid(MAIN, "message_body", STRING, "x", "one byte over the least"),
        envelope_valid(MAIN, "message_body", STRING, "naïve 账户 🗝 \u0000 \u2028 \ufeff", "characters of all lengths, unescaped"),
        envelope_valid(MAIN, "message_body", STRING, "\ufeffx", "a byte order mark is a character"),
        envelope_valid(MAIN, "message_body", STRING, 'a "quoted" \\ text\n', "of a string its characters, not its spelling"),
        envelope_valid(MAIN, "message_body", STRING, "null", "a string that looks like JSON stays a string"),
        envelope_valid(MAIN, "message_body", STRING, "This is a sample message body", "rotated away, still opened", version=2),
        envelope_valid(MAIN, "sms[*].body", STRING, "This is a sample message body", "the same in another field"),
        envelope_valid(MAIN, "n", JSON, "42"),
        envelope_valid(MAIN, "n", JSON, "-0.0", "a number's spelling comes back"),
        envelope_valid(MAIN, "n", JSON, "1.50E+400", "more than a double holds"),
        envelope_valid(MAIN, "n", JSON, "9007199254740993", "2^53 + 1"),
        envelope_valid(MAIN, "n", JSON, "100000000000000000000000000000000000001"),
        envelope_valid(MAIN, "n", JSON, "true"),
        envelope_valid(MAIN, "n", JSON, "false"),
        envelope_valid(MAIN, "n", JSON, '{ "b" : [1 ,2],\n\t"a":"\\u0065", "a": 1.0 }', "an object's text as it stood"),
        envelope_valid(MAIN, "n", JSON, "[]"),
        envelope_valid(MAIN, "n", JSON, '"a\\u0062"', "a string's JSON text, where a whole array was sealed element by element"),
        envelope_valid(MAIN, "blob", BYTES, b"", "no bytes"),
        envelope_valid(MAIN, "blob", BYTES, bytes(range(256)), "bytes that are no text"),
        envelope_valid(MAIN, "blob", BYTES, b"\xff\xfe"),
        envelope_valid("ab", "c", STRING, "x", "lengths keep this from ..."),
        envelope_valid("a", "bc", STRING, "x", "... this, where the texts joined are one"),
        envelope_valid(WIDE, "поле.地址[*]", STRING, "x", "lengths are in bytes, not in characters"),
        envelope_valid(LONG, "m" * 256, STRING, "x", "two bytes of length, the higher first"),
        envelope_valid(MAIN, "f" * 65_535, STRING, "x", "the longest field id"),
        envelope_valid(MAIN, '"odd \\" key".b', STRING, "x"),
        envelope_valid(REPLACED, "message_body", STRING, "x", "an account forgotten and begun again"),
        envelope_valid(MAIN, "long", STRING, "0123456789abcdef" * 256, "4,096 bytes"),
        envelope_valid(MAIN, "email", STRING, "ann@example.com", subject=ANN),
        envelope_valid(MAIN, "email", STRING, "", "nothing is 70 bytes", subject=ANN),
        envelope_valid(MAIN, "email", STRING, "ann@example.com", "another subject", subject=SUBJECT),
        envelope_valid(MAIN, "email", STRING, "ann@example.com", "a subject's under a key rotated away", 2, ANN),
        envelope_valid(MAIN, "n", JSON, "1e3", subject=ANN),
        envelope_valid(MAIN, "blob", BYTES, b"\x00\xff", subject=ANN),
        envelope_valid("ab", "email", STRING, "ann@example.com", "the same subject in another account", subject=ANN),
        envelope_valid(WIDE, "email", STRING, "ann@example.com", subject=ANN),
    ]
    inner = valid[0]["text"]
    valid.insert(6, envelope_valid(MAIN, "message_body", STRING, inner, "what was sealed looks like a ciphertext, and is one"))
    valid.insert(7, envelope_valid(MAIN, "message_body", STRING, "pum1AAAA", "what was sealed looks like a ciphertext"))

    rows = []

    def invalid(text, code, why=None, account=MAIN, field="email"):
        rows.append({"account": account, "field": field, "text": text, "code": code, "why": why})

    plain = sealed(MAIN, "email", STRING, b"ann@example.com", label="plain")
    short = sealed(MAIN, "email", STRING, b"ann", label="short")
    own = sealed(MAIN, "email", STRING, b"ann@example.com", subject=ANN, label="own")
    text = b64(plain)

    for other in ("", "p", "pum", "pumpkin", "Pum1AAAA", " " + text, "\ufeff" + text, "null", "ann@example.com", "ptk1" + text[4:]):
        invalid(other, "not_ours", "no ciphertext, whatever it looks like")
    invalid("pum٣" + text[4:], "not_ours", "a digit, but not in ASCII")
    for digit in "023456789":
        invalid("pum" + digit + text[4:], "unknown_version", f"version {digit}")
    invalid("pum2 and whatever comes then", "unknown_version", "another version may be spelled in other ways")
    invalid("pum1", "malformed", "the magic alone")
    invalid("pum10 ways to seal", "malformed", "begins like one, and is a sentence")
    invalid("pum1Ag", "malformed", "another suite, but no flags")
    invalid("pum1AhA", "unknown_version", "another suite may be shorter")
    invalid("pum1ARA", "malformed", "suite and flags alone")

    for name, data in (("sealed by the account's key", plain), ("sealed by a subject's key", own)):
        by_subject = data is own
        salt = 30 if by_subject else 21
        for at in range(len(data)):
            if at < 2:
                code, part = "not_ours", "magic"
            elif at == 3:
                code, part = "unknown_version", "suite"
            elif at == 4:
                continue
            elif at < 21:
                code, part = "unknown_key", "kid"
            elif at < salt + 24:
                code = "forgotten" if by_subject else "authentication_failed"
                part = "masked id" if at < salt else "salt" if at < salt + 12 else "iv"
                if part != "masked id" and by_subject:
                    part += ", and so the mask"
            else:
                code = "authentication_failed"
                part = "tag" if at >= len(data) - 16 else "ciphertext"
            if at == 2:
                # Its low six bits are the version.
                invalid(b64(changed(data, at, 64)), "not_ours", f"{name}: byte 2, the magic: `pun1`")
                invalid(b64(changed(data, at, 32)), "not_ours", f"{name}: byte 2, the magic: `pumV`")
                invalid(b64(changed(data, at, 3)), "unknown_version", f"{name}: byte 2, the magic: `pum2`")
                continue
            invalid(b64(changed(data, at)), code, f"{name}: byte {at}, {part}")
        for bit in range(8):
            if bit == 0:
                code = "authentication_failed" if by_subject else "forgotten"
                why = "the salt is read from the masked id" if by_subject else "a masked id is read from the salt"
            else:
                code, why = "unknown_version", "reserved" if bit < 4 else "a kind that there is not"
                if bit == 5:
                    code, why = "authentication_failed", "bytes in place of a string"
            invalid(b64(changed(data, 4, 1 << bit)), code, f"{name}: flag bit {bit}: {why}")
        invalid(b64(changed(data, 4, 0b0011_0000)), "authentication_failed", f"{name}: JSON in place of a string")
        least = 70 if by_subject else 61
        for length in range(4, len(b64(data))):
            cut = b64(data)[:length]
            try:
                whole = len(from_b64(cut))
                code = "authentication_failed" if whole >= least else "malformed"
            except Refused:
                code = "malformed"
            invalid(cut, code, f"{name}: cut to {length} characters")
        for length in range(3, len(data)):
            code = "authentication_failed" if length >= least else "malformed"
            invalid(b64(data[:length]), code, f"{name}: cut to {length} bytes")
        for more in (b"\0", b"\0\0", b"\0\0\0", bytes(16), data):
            invalid(b64(data + more), "authentication_failed", f"{name}: {len(more)} bytes more")
        invalid(b64(data[:5] + data[6:]), "unknown_key", f"{name}: a byte of the kid left out")
    invalid(b64(changed(short, 4)), "malformed", "a masked id is read from the salt, and then it is too short")

    # 64 bytes: whole groups of four need no last bits; 62 and 63 have four and two of them that must be zero.
    bent = b64(short)
    assert len(short) % 3 == 1 and bent[-1] in "AQgw"
    invalid(bent[:-1] + chr(ord(bent[-1]) + 1), "malformed", "the last four bits, unused, are not zero")
    longer = b64(sealed(MAIN, "email", STRING, b"anna", label="longer"))
    assert len(longer) % 4 == 3
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    invalid(longer[:-1] + alphabet[alphabet.index(longer[-1]) + 1], "malformed", "the last two bits, unused, are not zero")
    invalid(longer + "=", "malformed", "padding")
    invalid(bent + "==", "malformed", "padding")
    invalid(bent + "=", "malformed", "half of a padding")
    groups = b64(sealed(MAIN, "email", STRING, b"ann@example.co", label="groups"))
    assert len(groups) % 4 == 0
    invalid(groups + "A", "malformed", "one character more than whole groups")
    standard = text.replace("-", "+").replace("_", "/")
    assert standard != text
    invalid(standard, "malformed", "the standard alphabet")
    for white in (" ", "\n", "\r\n", "\t", "\0", "\u00a0", "\ufeff", "é", "𝟘"):
        invalid(text + white, "malformed", f"U+{ord(white[0]):04X} at the end")
        invalid(text[:40] + white + text[40:], "malformed", f"U+{ord(white[0]):04X} within")
    invalid(text[:40] + "%" + text[41:], "malformed", "a character of no alphabet")
    invalid(text[:40] + "=" + text[41:], "malformed", "padding within")

    invalid(text, "authentication_failed", "moved to another field", field="name")
    invalid(text, "authentication_failed", "moved to a field whose name goes on", field="email2")
    invalid(text, "authentication_failed", "moved to no field", field="")
    invalid(text, "authentication_failed", "moved to a field of one letter's case", field="Email")
    invalid(b64(own), "authentication_failed", "a subject's, moved to another field", field="name")
    for account in ("a", "ab", WIDE, REPLACED, ENDED):
        invalid(text, "unknown_key", "moved to another account: it has no such key", account=account)
    invalid(b64(own), "unknown_key", "a subject's, moved to another account", account="ab")
    invalid(b64(sealed("a", "email", STRING, b"x")), "unknown_key", "another account's")
    invalid(b64(sealed("ab", "c", STRING, b"x")), "unknown_key", "the same letters in all, another account", "a", "bc")
    invalid(text, "unknown_account", "no such account", account="AC5f1e09c")
    invalid(text, "unknown_account", "no account", account="")
    for account, version, by in ((MAIN, 1, None), (ENDED, 1, None), (ENDED, 2, None), (ENDED, 2, ANN), (REPLACED, 1, None)):
        data = sealed(account, "email", STRING, b"x", version, by)
        invalid(b64(data), "key_destroyed", "the account's key was destroyed" + (", whoever's it is" if by else ""), account)
    invalid(b64(sealed(MAIN, "email", STRING, b"x", subject=GONE)), "forgotten", "a subject whose record is gone")
    invalid(b64(sealed(MAIN, "email", STRING, b"x", 1, GONE)), "key_destroyed", "both keys are gone: the kid is looked at first")

    # What a holder of the key could make, and no writer does.
    key, salt, iv = AccountKey(raw_key(MAIN, 3)), fixed("salt odd", 12), fixed("iv odd", 12)
    for what in (STRING, JSON):
        data = formats.seal(key, MAIN, "email", what, b"\xff", salt, iv)
        invalid(b64(data), "authentication_failed", f"sealed with the key, as {WORDS[what]}, but it is not UTF-8")
    for odd in ("", "ann", '{"a":1', "1 2", '1,"b":2', "'a'", "[1,]", "01", "\ufeff1"):
        data = formats.seal(key, MAIN, "email", JSON, odd.encode(), salt, iv)
        invalid(b64(data), "authentication_failed", f"sealed with the key, as JSON, but it is `{odd}`")
    header = b"\x10" + key.kid + salt

    def by_hand(code, why, suite_and_rest=b"\1" + header, names=formats.counted(MAIN, "email"), enc=None, field="email"):
        head = formats.PUM + suite_and_rest
        enc = enc or formats.message_key(key.enc, salt)
        data = head + iv + formats.AESGCM(enc).encrypt(iv, b"x", None if names is None else head + names)
        invalid(b64(data), code, f"sealed with the key: {why}", field=field)

    for suite in (0, 2, 255):
        by_hand("unknown_version", f"suite {suite}", bytes([suite]) + header)
    for bit in (1, 2, 3):
        by_hand("unknown_version", f"flag bit {bit}, which is reserved", bytes([1, 0x10 | 1 << bit]) + header[1:])
    for what in (0, 4, 15):
        by_hand("unknown_version", f"kind {what}", bytes([1, what << 4]) + header[1:])
    long = formats.counted(MAIN) + b"\0\0" + b"f" * 65_536
    by_hand("authentication_failed", "a field id whose length does not fit, cut to 0", names=long, field=[["f", 65_536]])
    by_hand("authentication_failed", "an empty field id", names=formats.counted(MAIN, ""), field="")
    by_hand("authentication_failed", "nothing is bound", names=None)
    by_hand("authentication_failed", "the header alone is bound", names=b"")
    by_hand("authentication_failed", "the account alone is bound", names=formats.counted(MAIN))
    by_hand("authentication_failed", "no lengths", names=MAIN.encode() + b"email")
    by_hand("authentication_failed", "field and account in the other order", names=formats.counted("email", MAIN))
    by_hand("authentication_failed", "K_enc itself, not what the salt makes of it", enc=key.enc)
    other = formats.message_key(AccountKey(raw_key("a", 1)).enc, salt)
    by_hand("authentication_failed", "one account's kid over another account's key", enc=other)
    root, record_id, subject_key = subject_of(MAIN, ANN)
    data = formats.seal(key, MAIN, "email", STRING, b"x", salt, iv, (root, record_id, subject_of(MAIN, TWICE)[2]))
    invalid(b64(data), "authentication_failed", "one subject's record id over another subject's key")

    for row in valid:
        check(lambda: formats.decrypt(world, row["text"], row["account"], row["field"]), what_of(row))
    for row in rows:
        field = row["field"] if isinstance(row["field"], str) else "".join(text * times for text, times in row["field"])
        check(lambda: formats.decrypt(world, row["text"], row["account"], field), row["code"], row["why"])
    for row in valid:
        if len(row["field"]) > 1000:
            row["field"] = [[row["field"][0], len(row["field"])]]
    about = (
        "Ciphertexts, made from docs/FORMATS.md by tests/formats/make_vectors.py. " + HEAD + " 'valid': what was sealed ('plain', or 'plain_hex' of"
        " bytes), for whom, with which salt and iv; 'key' and 'ad' are what AES-256-GCM was given. A long 'field' is in parts, each"
        " [text, times]. 'invalid': what is refused for this account and field, and with which code."
    )
    return {"about": about, **head, "valid": valid, "invalid": rows}


def what_of(row):
    what = next(what for what, word in WORDS.items() if word == row["kind"])
    return what, bytes.fromhex(row["plain_hex"]) if what == BYTES else row["plain"].encode()


def check(read, expected, why=None):
    """Asserts what the reader says: the code of its refusal, or what it read."""
    try:
        found = read()
    except Refused as refused:
        found = refused.code
    assert found == expected, f"{found!r} in place of {expected!r}: {why}"


# token.json


def tokens():
    world, head = the_world()
    valid = []

    def token_of(account, subject, kind, data):
        return formats.seal_token(*subject_of(account, subject), account, kind, data)

    def row(account, subject, word, what, plain, why=None):
        kind = what << 4 | TYPES[word]
        root, record_id, key = subject_of(account, subject)
        ad = formats.token_ad(formats.PTK + bytes([kind]) + root.hint, record_id, account)
        given = {"account": account, "subject": subject, "type": word, "kind": WORDS[what], "plain": plain}
        steps = {"padded": formats.padded(plain.encode()).hex(), "key": formats.token_key(key, kind).hex(), "ad": ad.hex()}
        if len(plain) > 1000:
            del steps["padded"]
        token = b64(token_of(account, subject, kind, formats.padded(plain.encode())))
        valid.append({**given, **steps, "token": token, "why": why})

    row(MAIN, ANN, "email", STRING, "ann@example.com")
    for word, plain in (("phone", "+14155550132"), ("ip", "207.164.33.12"), ("user_agent", "Mozilla/5.0"), ("coordinate", "45.4215")):
        row(MAIN, ANN, word, STRING, plain)
    row(MAIN, ANN, "text", STRING, "ann@example.com", "the same value of another type")
    row(MAIN, SUBJECT, "email", STRING, "ann@example.com", "the same value of another subject")
    row("ab", ANN, "email", STRING, "ann@example.com", "the same value of the same subject in another account")
    row("a", ANN, "email", STRING, "ann@example.com")
    row(REPLACED, ANN, "email", STRING, "ann@example.com", "the live root of two, with the hint of a destroyed one of AC-ended")
    row(WIDE, ANN, "email", STRING, "ann@example.com", "lengths are in bytes, not in characters")
    row(LONG, ANN, "email", STRING, "ann@example.com", "two bytes of length, the higher first")
    row(MAIN, ANN, "phone", STRING, "14155550132", "the digits as a string ...")
    row(MAIN, ANN, "phone", JSON, "14155550132", "... and as a number")
    row(MAIN, ANN, "coordinate", JSON, "-75.6972")
    row(MAIN, ANN, "coordinate", JSON, "-75.69720", "another spelling of a number is another value")
    row(MAIN, ANN, "text", JSON, "1.50E+400", "a number's spelling comes back")
    row(MAIN, ANN, "text", JSON, "true")
    row(MAIN, ANN, "text", STRING, "true", "a string that looks like JSON")
    row(MAIN, ANN, "text", STRING, "", "nothing is padded to 16")
    row(MAIN, ANN, "text", STRING, "naïve 账户 🗝 \u0000 \u2028 \ufeff", "characters of all lengths")
    row(MAIN, ANN, "text", STRING, "\ufeffx", "a byte order mark is a character")
    row(MAIN, ANN, "text", STRING, "\u0000", "zero bytes are not taken for padding ...")
    row(MAIN, ANN, "text", STRING, "x\u0000\u0000", "... not at the end")
    row(MAIN, ANN, "text", STRING, "\u0080", "a character whose last byte is 80")
    for length in (1, 14, 15, 16, 17, 22, 23, 24, 25, 31, 32, 47, 48, 63, 64, 95, 96, 127, 128, 191, 192, 1535, 1536):
        size = formats.step(length + 1)
        row(MAIN, ANN, "text", STRING, "v" * length, f"{length} bytes are padded to {size}")

    hashes = []

    def hash_row(account, word, what, plain, why=None):
        key = AccountKey(raw_key(account, len(ACCOUNTS[account][0])))
        given = {"account": account, "type": word, "kind": WORDS[what], "plain": plain}
        text = formats.hashed(key, what << 4 | TYPES[word], plain.encode())
        assert len(text) == 36 and text.startswith("phs1")
        hashes.append({**given, "hash": text, "why": why})

    hash_row(MAIN, "email", STRING, "ann@example.com")
    for word in TYPES:
        hash_row(MAIN, word, STRING, "14155550132", "every type has its own" if word == "phone" else None)
        hash_row(MAIN, word, JSON, "14155550132", "the number is another value" if word == "phone" else None)
    for account in ("a", "ab", WIDE, REPLACED):
        hash_row(account, "email", STRING, "ann@example.com", "another account" if account == "a" else None)
    hash_row(MAIN, "text", STRING, "", "nothing")
    hash_row(MAIN, "text", STRING, "naïve 账户 🗝 \u0000")
    hash_row(MAIN, "text", STRING, "v" * 1000)
    hash_row(MAIN, "text", JSON, "false")
    assert len({row["hash"] for row in hashes}) == len(hashes)

    rows = []

    def invalid(text, code, why=None):
        rows.append({"token": text, "code": code, "why": why})

    email = STRING << 4 | TYPES["email"]
    data = token_of(MAIN, ANN, email, formats.padded(b"ann@example.com"))
    text = b64(data)
    for other in ("", "p", "ptk", "ptknot", "Ptk1AAAA", " " + text, "\ufeff" + text, "null", "ann@example.com", "pum1" + text[4:]):
        invalid(other, "not_ours", "no token, whatever it looks like")
    invalid(hashes[0]["hash"], "not_ours", "a hash is one way")
    for digit in "023456789":
        invalid("ptk" + digit + text[4:], "unknown_version", f"version {digit}")
    invalid("ptk2 and whatever comes then", "unknown_version", "another version may be spelled in other ways")
    invalid("ptk1", "malformed", "the magic alone")
    invalid("ptk1cw", "unknown_version", "a kind that there is not, and nothing behind it")
    invalid("ptk1Eg", "malformed", "magic and kind alone")
    for at in range(len(data)):
        if at == 2:
            invalid(b64(changed(data, at, 64)), "not_ours", "byte 2, the magic: `ptl1`")
            invalid(b64(changed(data, at, 32)), "not_ours", "byte 2, the magic: `ptkV`")
            invalid(b64(changed(data, at, 3)), "unknown_version", "byte 2, the magic: `ptk2`")
        elif at != 3:
            part, code = (
                ("magic", "not_ours")
                if at < 3
                else ("hint", "unknown_key")
                if at < 9
                else ("masked id", "forgotten")
                if at < 18
                else ("synthetic IV, and so the mask", "forgotten")
                if at < 34
                else ("ciphertext", "authentication_failed")
            )
            invalid(b64(changed(data, at)), code, f"byte {at}, {part}")
    for kind in range(256):
        what, number = kind >> 4, kind & 15
        known = what in (STRING, JSON) and 1 <= number <= 6
        # Those one bit away, and the edges.
        if kind != email and (known or (kind ^ email).bit_count() == 1 or number in (0, 7) and what in (1, 2)):
            code = "authentication_failed" if known else "unknown_version"
            invalid(b64(changed(data, 3, kind ^ email)), code, f"kind {kind:02X} in place of {email:02X}")
    for length in range(4, len(text)):
        invalid(text[:length], "malformed", f"cut to {length} characters")
    for length in range(3, len(data)):
        invalid(b64(data[:length]), "malformed", f"cut to {length} bytes")
    for more in (b"\0", b"\0\0", b"\0\0\0", data):
        invalid(b64(data + more), "malformed", f"{len(more)} bytes more: no such length")
    invalid(b64(data + bytes(8)), "authentication_failed", "8 bytes more, the next length there is")
    longer = token_of(MAIN, ANN, email, formats.padded(b"ann.with.a.long.name@example.com"))
    invalid(b64(longer[:66]), "authentication_failed", "cut to the length below")
    invalid(b64(longer[:67]), "malformed", "cut between two lengths")

    assert len(data) % 3 == 2 and text[-1] in "AEIMQUYcgkosw048"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    invalid(text[:-1] + alphabet[alphabet.index(text[-1]) + 1], "malformed", "the last two bits, unused, are not zero")
    # 34 + 24 bytes are one more than whole groups.
    bent = b64(token_of(MAIN, ANN, email, formats.padded(b"ann.lee.1@example.com")))
    assert len(bent) % 4 == 2
    invalid(bent[:-1] + chr(ord(bent[-1]) + 1), "malformed", "the last four bits, unused, are not zero")
    invalid(text + "=", "malformed", "padding")
    invalid(bent + "==", "malformed", "padding")
    invalid(bent + "=", "malformed", "half of a padding")
    groups = b64(token_of(MAIN, ANN, email, formats.padded(b"ann.with.a.long.nam@example.com")))
    assert len(groups) % 4 == 0
    invalid(groups + "A", "malformed", "one character more than whole groups")
    hyphened = next(row["token"] for row in valid if "-" in row["token"] and "_" in row["token"])
    invalid(hyphened.replace("-", "+").replace("_", "/"), "malformed", "the standard alphabet")
    for white in (" ", "\n", "\r\n", "\t", "\0", "\u00a0", "\ufeff", "é", "𝟘"):
        invalid(text + white, "malformed", f"U+{ord(white[0]):04X} at the end")
        invalid(text[:40] + white + text[40:], "malformed", f"U+{ord(white[0]):04X} within")

    padded = formats.padded(b"x")
    invalid(b64(token_of(MAIN, GONE, email, padded)), "forgotten", "a subject whose record is gone")
    invalid(b64(token_of(ENDED, ANN, email, padded)), "forgotten", "of a destroyed root, whose hint a living one has: its record is gone")
    old = TokenRoot(raw_root(REPLACED, 1)), fixed("record id old", 9), fixed("subject key old")
    invalid(b64(formats.seal_token(*old, REPLACED, email, padded)), "key_destroyed", "of a root that was destroyed")
    foreign = TokenRoot(fixed("token root of nobody")), fixed("record id foreign", 9), fixed("subject key foreign")
    invalid(b64(formats.seal_token(*foreign, MAIN, email, padded)), "unknown_key", "of a root that no account has")

    # What a holder of the keys could make, and no writer does.
    for odd, why in (
        (b"x" * 16, "no padding"),
        (bytes(16), "zeros alone"),
        (b"x".ljust(16, b"\0"), "zeros without the 80 before them"),
        (b"x\x81".ljust(16, b"\0"), "81 in place of 80"),
        (b"x\x80".ljust(24, b"\0"), "padded beyond the first length that fits"),
        (b"\xff\x80".ljust(16, b"\0"), "what is in it is not UTF-8"),
    ):
        invalid(b64(token_of(MAIN, ANN, email, odd)), "authentication_failed", f"sealed with the key: {why}")
    number = JSON << 4 | TYPES["coordinate"]
    for odd in (b"", b"45.", b"1 2", b"1,2"):
        token = token_of(MAIN, ANN, number, formats.padded(odd))
        invalid(b64(token), "authentication_failed", f"sealed with the key, as JSON, but it is `{odd.decode()}`")
    for what in (0, 3, 15):
        kind = what << 4 | TYPES["email"]
        invalid(b64(token_of(MAIN, ANN, kind, padded)), "unknown_version", f"sealed with the key: kind {kind:02X}")
    root, record_id, key = subject_of(MAIN, ANN)
    for account in ("ab", "AC5f1e09c"):
        sealed_elsewhere = formats.seal_token(root, record_id, key, account, email, padded)
        invalid(b64(sealed_elsewhere), "authentication_failed", "sealed with the key, bound to another account")
    twisted = formats.seal_token(root, record_id, subject_of(MAIN, TWICE)[2], MAIN, email, padded)
    invalid(b64(twisted), "authentication_failed", "one subject's record id over another subject's key")
    swapped = formats.seal_token(root, subject_of(MAIN, TWICE)[1], key, MAIN, email, padded)
    invalid(b64(swapped), "authentication_failed", "one subject's key under another subject's record id")

    for row in valid:
        check(lambda: formats.detokenize(world, row["token"]), (row["account"], *what_of(row)))
    for row in rows:
        check(lambda: formats.detokenize(world, row["token"]), row["code"], row["why"])
    assert len({row["token"] for row in valid}) == len(valid)
    about = (
        "Tokens and hashes, made from docs/FORMATS.md by tests/formats/make_vectors.py. " + HEAD + " 'valid': a value ('plain'; of a number"
        " its text), whose it is, and the token that it always has and that opens to it; 'padded', 'key' and 'ad' are what AES-SIV was"
        " given. 'hash': the same of hashes, under the account's primary key. 'invalid': what is refused, and with which code."
    )
    return {"about": about, **head, "valid": valid, "hash": hashes, "invalid": rows}


# keyring.json


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
                "token_roots": [{name: root[name] for name in ("version", "state", "tag")} for root in account["token_roots"]],
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
        refused(spelled(small)[:-1] + f', "{escape}": {spelled(small[name])}}}', "keyring_invalid", f"`{name}` twice, once in escapes")
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
        shape(lambda document: main(document)["keys"][0].update(wrapped=other), "a destroyed key with a `wrapped` that is empty", whole)
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
    shape(lambda document: first(document)["token_roots"][0].update(state=DESTROYED), "a destroyed token root that is still there")
    for name in ("keys", "token_roots"):
        shape(lambda document: first(document).update({name: []}), f"an account whose `{name}` are none")
    twin = account_member(root, "twin", [PRIMARY], {TWIN: LIVE})
    shape(lambda document: document["accounts"].append(twin), "two live token roots that share a hint")
    for version in (0, 2):
        shape(lambda document: first(document)["keys"][0].update(version=version), f"versions that begin with {version}")
        shape(lambda document: first(document)["token_roots"][0].update(version=version), f"token roots that begin with {version}")
    shape(lambda document: main(document)["keys"][2].update(version=4), "a version left out", whole)
    shape(lambda document: main(document)["keys"][2].update(version=2), "a version twice", whole)
    shape(lambda document: main(document)["keys"].reverse(), "versions that descend", whole)
    shape(lambda document: main(document)["keys"].pop(0), "the first version left out", whole)
    kid_of = lambda document, at: main(document)["keys"][at]["kid"]
    shape(lambda document: main(document)["keys"][1].update(kid=kid_of(document, 2)), "two equal kids in an account", whole)
    shape(lambda document: main(document)["keys"][0].update(kid=kid_of(document, 2)), "a kid that is that of a destroyed key", whole)
    shape(lambda document: again(document)["keys"][1].update(kid=kid_of(document, 2)), "two equal kids in two accounts", whole)
    tag_of = lambda document: main(document)["token_roots"][0]["tag"]
    shape(lambda document: again(document)["token_roots"][1].update(tag=tag_of(document)), "two equal tags", whole)
    for name, path in (
        ("kid", lambda document: first(document)["keys"][0]),
        ("tag", lambda document: first(document)["token_roots"][0]),
        ("mac_key", lambda document: document),
        ("wrapped", lambda document: first(document)["keys"][0]),
    ):
        text = path(small)[name]
        for other, why in ((text + "=", "padding"), (text[:-1], "cut"), (text[:-1] + "+", "the standard alphabet"), ("", "empty")):
            shape(lambda document: path(document).update({name: other}), f"`{name}`: {why}")
    for other, why in ((b64(bytes(15)), "15 bytes"), (b64(bytes(17)), "17 bytes"), ("AAAAAAAAAAAAAAAAAAAAAB", "last bits not zero")):
        shape(lambda document: first(document)["keys"][0].update(kid=other), f"`kid`: {why}")
    for size in (15, 16, 31, 32, 47, 49):
        shape(lambda document: document.update(mac_key=b64(bytes(size))), f"`mac_key` of {size} bytes")
        shape(lambda document: first(document)["keys"][0].update(wrapped=b64(bytes(size))), f"a wrapped key of {size} bytes")
        shape(lambda document: first(document)["token_roots"][0].update(wrapped=b64(bytes(size))), f"a wrapped token root of {size} bytes")
    mac = small["mac"]
    for other, why in ((mac + "=", "padding"), (mac[:-1], "cut"), (b64(bytes(31)), "31 bytes"), (b64(bytes(33)), "33 bytes"), ("", "empty")):
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
    for other, why in (("", "no id"), (b64(bytes(15)), "an id of 15 bytes"), ("/".ljust(22, "A"), "an id in another alphabet")):
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
        tampered(lambda document: document.update(mac_key=b64(changed(from_b64(document["mac_key"]), at))), f"byte {at} of `mac_key`")
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
    tampered(lambda document: main(document)["keys"][1].update(state=PRIMARY) or main(document)["keys"][2].update(state=DECRYPT_ONLY), "the primary key demoted")
    tampered(lambda document: main(document)["keys"][2].update(state=DECRYPT_ONLY), "a state changed")
    tampered(lambda document: main(document)["keys"][1].pop("wrapped") and main(document)["keys"][1].update(state=DESTROYED), "a key destroyed")
    revived = root.wrap(raw_key(MAIN, 1), *formats.pairs_of("account_key", MAIN, 1))
    tampered(lambda document: main(document)["keys"][0].update(state=DECRYPT_ONLY, wrapped=revived), "a destroyed key brought back")
    tampered(lambda document: main(document)["keys"][2].update(kid=b64(changed(from_b64(kid_of(document, 2)), 0))), "a kid changed")
    tampered(lambda document: main(document)["token_roots"][0].update(tag=b64(bytes(8))), "a tag changed")

    def swap(one, other):
        one["wrapped"], other["wrapped"] = other["wrapped"], one["wrapped"]

    swaps = (
        (lambda document: swap(main(document)["keys"][1], main(document)["keys"][2]), "wrapped keys swapped between versions"),
        (lambda document: swap(main(document)["keys"][2], again(document)["keys"][1]), "wrapped keys swapped between accounts"),
        (
            lambda document: swap(main(document)["token_roots"][0], again(document)["token_roots"][1]),
            "token roots swapped between accounts",
        ),
        (lambda document: swap(main(document)["keys"][2], main(document)["token_roots"][0]), "a key and a token root swapped"),
    )
    for change, why in swaps:
        tampered(change, why)
    change = lambda document: main(document)["keys"][2].update(wrapped=b64(changed(from_b64(main(document)["keys"][2]["wrapped"]), 20)))
    tampered(change, "a wrapped key changed")

    # Pins.
    for at_least in (43, 2**53 - 1, 2**64 - 1):
        refused(whole, "keyring_rolled_back", "older than the caller knows", at_least=at_least)
    refused(keyring(root, {}, 0), "keyring_rolled_back", "the lowest sequence", at_least=1)

    # What the MAC says is right, and the wrapping does not: by one who has the MAC key but not the root.
    def unusable(change, why, account=MAIN):
        document = edit(whole, change)
        given = {"root": ROOT.hex(), "account": account, "document": spelled(document), "code": "keyring_tampered", "why": why}
        found, its_root = formats.open_keyring(given["document"].encode(), root_of(given))
        check(lambda: formats.keys_of(found, its_root, account), given["code"], why)
        uses.append(given)

    for change, why in swaps:
        unusable(change, why)
    for at in (0, 16, 47):
        change = lambda document: main(document)["keys"][2].update(wrapped=b64(changed(from_b64(main(document)["keys"][2]["wrapped"]), at)))
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


def text_of(sections):
    """One line for each row."""
    parts = [f'  "about": {json.dumps(sections.pop("about"), ensure_ascii=False)}']
    for name, rows in sections.items():
        rows = [{key: member for key, member in row.items() if member is not None} for row in rows]
        lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'  "{name}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments):
    unequal = []
    for name, make in (("envelope", envelope), ("token", tokens), ("keyring", keyrings)):
        sections = make()
        counts = ", ".join(f"{len(rows)} {section}" for section, rows in sections.items() if section != "about")
        path, text = FOLDER / f"{name}.json", text_of(sections)
        if arguments == ["--check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                unequal.append(name)
        else:
            path.write_text(text, encoding="utf-8")
        print(f"{name}.json: {counts}")
    if unequal:
        raise SystemExit(f"not what {Path(__file__).name} makes: {', '.join(unequal)}")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    main(sys.argv[1:])
