"""The rows of envelope.json."""

import formats
from formats import BYTES, JSON, STRING, AccountKey, Refused, TokenRoot, b64, from_b64
from world import (
    ACCOUNTS,
    ALPHABET,
    ANN,
    ENDED,
    GONE,
    HEAD,
    LONG,
    MAIN,
    REPLACED,
    SUBJECT,
    TWICE,
    WIDE,
    WORDS,
    changed,
    check,
    fixed,
    raw_key,
    raw_root,
    subject_of,
    the_world,
    what_of,
)


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


def envelope():
    world, head = the_world()
    valid = [
        envelope_valid(MAIN, "message_body", STRING, "This is a sample message body"),
        envelope_valid(MAIN, "message_body", STRING, "", "nothing is 61 bytes"),
        envelope_valid(MAIN, "message_body", STRING, "x", "one byte over the least"),
        envelope_valid(
            MAIN, "message_body", STRING, "naïve 账户 🗝 \u0000 \u2028 \ufeff", "characters of all lengths, unescaped"
        ),
        envelope_valid(MAIN, "message_body", STRING, "\ufeffx", "a byte order mark is a character"),
        envelope_valid(MAIN, "message_body", STRING, 'a "quoted" \\ text\n', "of a string its characters, not its spelling"),
        envelope_valid(MAIN, "message_body", STRING, "null", "a string that looks like JSON stays a string"),
        envelope_valid(
            MAIN, "message_body", STRING, "This is a sample message body", "rotated away, still opened", version=2
        ),
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
        envelope_valid(
            MAIN, "n", JSON, '"a\\u0062"', "a string's JSON text, where a whole array was sealed element by element"
        ),
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
    valid.insert(
        6, envelope_valid(MAIN, "message_body", STRING, inner, "what was sealed looks like a ciphertext, and is one")
    )
    valid.insert(7, envelope_valid(MAIN, "message_body", STRING, "pum1AAAA", "what was sealed looks like a ciphertext"))

    rows = []

    def invalid(text, code, why=None, account=MAIN, field="email"):
        rows.append({"account": account, "field": field, "text": text, "code": code, "why": why})

    plain = sealed(MAIN, "email", STRING, b"ann@example.com", label="plain")
    short = sealed(MAIN, "email", STRING, b"ann", label="short")
    own = sealed(MAIN, "email", STRING, b"ann@example.com", subject=ANN, label="own")
    text = b64(plain)

    for other in (
        "",
        "p",
        "pum",
        "pumpkin",
        "Pum1AAAA",
        " " + text,
        "\ufeff" + text,
        "null",
        "ann@example.com",
        "ptk1" + text[4:],
    ):
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
    invalid(longer[:-1] + ALPHABET[ALPHABET.index(longer[-1]) + 1], "malformed", "the last two bits, unused, are not zero")
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
    invalid(
        b64(sealed(MAIN, "email", STRING, b"x", 1, GONE)), "key_destroyed", "both keys are gone: the kid is looked at first"
    )

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
    astray = TokenRoot(raw_root("a")), record_id, subject_key
    data = formats.seal(AccountKey(raw_key("a", 1)), "a", "email", STRING, b"x", salt, iv, astray)
    invalid(b64(data), "forgotten", "a record id of another account, by one who has this account's keys", "a")
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
        "Ciphertexts, made from docs/FORMATS.md by tests/formats/make_vectors.py. "
        + HEAD
        + " 'valid': what was sealed ('plain', or 'plain_hex' of"
        " bytes), for whom, with which salt and iv; 'key' and 'ad' are what AES-256-GCM was given. A long 'field' is in parts, each"
        " [text, times]. 'invalid': what is refused for this account and field, and with which code."
    )
    return {"about": about, **head, "valid": valid, "invalid": rows}
