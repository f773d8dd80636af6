"""Accidents that happen to mails on their way, each as a function of the bytes and of chance."""

import random
import re

LINES = (
    b"Content-Type: multipart/mixed", b'Content-Type: multipart/alternative; boundary=""', b"Content-Type: message/rfc822", b"Content-Type: ",
    b"Content-Type: text/plain; charset*=utf-8''%ff", b"Content-Type: multipart/report; report-type=delivery-status",
    b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode", b"Content-Transfer-Encoding: ",
    b"Content-Disposition: attachment; filename*=utf-8''%00%2f..%2f", b"Content-Disposition: inline; filename*0=a; filename*2=b",
    b"Date: Thu, 99 Foo 9999 99:99:99 +9999", b"Date: Thu, 01 Jan 1970 00:00:00 +999999", b"Date: ",
    b"Subject: =?x-foo?Q?=00=01?=", b"Subject: =?utf-8?B?////?=", b"From: @", b"From: \xff\xfe\x00", b"From: =?utf-8?Q?=22a=22?= <a@b",
    b"To: undisclosed-recipients:;", b"Cc: a:b:c;;<<>>", b"References: \xff", b"In-Reply-To: foo bar", b"Message-ID: <<a@b>>",
    b"Received: " + b"a" * 20_000, b": no name", b"NoColonHere", b"\x00: x",
)  # fmt: skip
CHARSETS = (b"utf8mb4", b"x-unknown", b"utf-16", b"idna", b"base64", b"hex", b"zip", b"unicode_escape", b"punycode", b"undefined", b"")
ENCODINGS = (b"base64", b"quoted-printable", b"7bit", b"x-uuencode", b"8bit, base64", b"binary")
WORDS = "Keluhan – 投诉 – شكوى – Réclamation 😡"


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randint(0, len(raw))]


def flip_bytes(raw: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(raw)
    for _byte in range(min(len(raw), 12)):
        flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def insert_noise(raw: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(raw))
    return raw[:place] + chance.randbytes(chance.choice((1, 100, 5000))) + raw[place:]


def other_line_ends(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\x0b")))


def other_charset(raw: bytes, chance: random.Random) -> bytes:
    return re.sub(rb"charset=[^;\s]+", b"charset=" + chance.choice(CHARSETS), raw)


def other_encoding(raw: bytes, chance: random.Random) -> bytes:
    named = re.sub(rb"(?im)^(content-transfer-encoding:).*$", rb"\1 " + chance.choice(ENCODINGS), raw)
    return named if named != raw else b"Content-Transfer-Encoding: " + chance.choice(ENCODINGS) + b"\n" + raw


def other_boundary(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(b"boundary", chance.choice((b"bondary", b"boundary*", b"BOUNDARY")))


def unclosed(raw: bytes, chance: random.Random) -> bytes:
    """Delimiters of parts lost."""
    delimiters = re.findall(rb"(?m)^--.*$", raw)
    return raw.replace(chance.choice(delimiters), b"", 1) if delimiters else raw


def stray_header(raw: bytes, chance: random.Random) -> bytes:
    head, gap, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    lines.insert(chance.randint(0, len(lines)), chance.choice(LINES))
    return b"\n".join(lines) + gap + body


def lost_header(raw: bytes, chance: random.Random) -> bytes:
    head, gap, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    del lines[chance.randrange(len(lines))]
    return b"\n".join(lines) + gap + body


def headers_twice(raw: bytes, chance: random.Random) -> bytes:
    head, gap, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    chance.shuffle(lines)
    return head + b"\n" + b"\n".join(lines) + gap + body


def no_gap(raw: bytes, chance: random.Random) -> bytes:
    """The empty line between headers and body lost."""
    return raw.replace(b"\n\n", b"\n", 1)


def raw_words(raw: bytes, chance: random.Random) -> bytes:
    """Words of all scripts put into a header and the body, undeclared, in a charset of their own."""
    words = WORDS.encode(chance.choice(("utf-8", "utf-16", "gb18030", "utf-7")))
    head, gap, body = raw.partition(b"\n\n")
    return re.sub(rb"(?im)^(subject|from):", lambda found: found[0] + b" " + words, head) + gap + words + b"\n" + body


def forwarded(raw: bytes, chance: random.Random) -> bytes:
    """Forwarded as a mail in a mail, again and again."""
    for turn in range(chance.choice((1, 3, 30))):
        head = raw.partition(b"\n\n")[0]
        kept = [line for line in head.split(b"\n") if line.lower().startswith((b"from:", b"to:", b"subject:"))]
        raw = b"\n".join([*kept, b"Message-ID: <f%d@forward.test>" % turn, b"Content-Type: message/rfc822", b"", raw])
    return raw


def two_mails(raw: bytes, chance: random.Random) -> bytes:
    return raw + b"\n" + raw


ACCIDENTS = (
    cut_off, flip_bytes, insert_noise, other_line_ends, other_charset, other_encoding, other_boundary, unclosed, stray_header, stray_header,
    lost_header, headers_twice, no_gap, raw_words, forwarded, two_mails,
)  # fmt: skip


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """A mail after one to four accidents."""
    for accident in chance.choices(ACCIDENTS, k=chance.randint(1, 4)):
        raw = accident(raw, chance)
    return raw


def damaged_body(raw: bytes, chance: random.Random) -> bytes:
    """A mail whose headers came through whole."""
    head, gap, body = raw.partition(b"\n\n")
    for accident in chance.choices((cut_off, flip_bytes, insert_noise, unclosed, two_mails), k=chance.randint(1, 3)):
        body = accident(body, chance)
    return head + gap + body
