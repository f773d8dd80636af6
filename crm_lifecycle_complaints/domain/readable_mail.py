"""Make a mail readable that the parser chokes on, so that it becomes a complaint instead of a traceback."""

import codecs
import re
from email.message import EmailMessage, Message
from email.policy import SMTP

KEPT_HEADERS = (
    "from",
    "to",
    "cc",
    "delivered-to",
    "resent-to",
    "resent-cc",
    "subject",
    "message-id",
    "in-reply-to",
    "references",
    "date",
    "return-path",
)

# Characters from which on a text that is part of another one is so by no chance.
TELLING = 20


def unwrapped(raw: bytes) -> bytes:
    """The mail without what storing and passing on put around its headers, which would hide them from the parser: NUL, a byte order mark,
    empty lines and the line of an mbox before them, carriage returns doubled or behind the line feed.
    """
    raw = raw.replace(b"\x00", b"").removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    if raw.startswith(b">From "):
        raw = raw.partition(b"\n")[2]
    first_end = re.match(rb"[^\r\n]*(\r\r\n|\n\r(?=[^\r\n]))", raw)
    return raw.replace(first_end[1], b"\r\n") if first_end else raw


def only_address(text: str) -> str:
    """The one address in a header that follows no standard; empty where there is none or where it could be several."""
    words = {word.strip(".") for word in re.split(r"[\s<>()\[\]\",;:]+", text) if re.fullmatch(r"[^@]+@[^@]*[^@.][^@]*", word)}
    return words.pop() if len(words) == 1 else ""


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same but for what lists and filters add on the way, before or after: of a few words, most must be the same."""
    short, long = sorted((" ".join(text.split()) for text in (one, other)), key=len)
    return short in long and (len(short) >= TELLING or len(short) >= len(long) / 2)


def clean(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def decoded(content: bytes, charset: str | None) -> str:
    """Decode bytes by their charset, else by UTF-8, else by Windows' western one, which never fails entirely."""
    for candidate in (charset, "utf-8"):
        try:
            return content.decode(codecs.lookup(candidate).name) if candidate else content.decode("utf-8")
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def readable_text(message: Message) -> str:
    """The first text of a mail, preferring plain text to HTML; empty if there is none."""
    found = {}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and kind not in found:
            content = part.get_payload(decode=True)
            if content:
                found[kind] = decoded(content, part.get_content_charset())
    if not found and not message.is_multipart() and message.get_content_maintype() in ("multipart", "message"):
        # A multipart whose boundary is missing or wrong: the parser leaves everything in one piece.
        found["text/plain"] = decoded(message.get_payload(decode=True) or b"", message.get_content_charset())
    return clean(found.get("text/plain") or found.get("text/html") or "")


def readable_copy(message: Message) -> EmailMessage:
    """A plain-text mail with the headers that route the original, and its text as far as it can be read."""
    copy = EmailMessage(policy=SMTP)
    for name, value in message.raw_items():
        if name.lower() not in KEPT_HEADERS or name in copy:
            continue
        value = " ".join(clean(str(value)).split())
        # The header parser of Python itself has holes; a header it cannot take is left out, never the mail.
        for candidate in (value, value.encode("ascii", "ignore").decode().replace('"', "").replace("=?", "")):
            try:
                copy[name] = candidate
                break
            except Exception:
                continue
    copy.set_content(readable_text(message))
    return copy
