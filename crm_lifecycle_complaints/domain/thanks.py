"""Tell a bare thank-you from an answer that says something: only the latter reopens a closed complaint."""

import re

from lxml import etree, html

LONGEST = 25
THANKS = re.compile(
    r"thank|thanks|thx|tq|ty|cheers|appreciate|terima\s*kasih|terimakasih|trims|tks|makasih|matur\s*nuwun|hatur\s*nuhun"
    r"|danke|dank|bedankt|merci|gracias|grazie|obrigad[oa]"
)
# Words that may stand beside the thanks without saying anything; one other word makes it an answer.
POLITE = frozenset(
    [
        "a",
        "again",
        "all",
        "also",
        "lot",
        "lots",
        "and",
        "appreciate",
        "appreciated",
        "best",
        "bye",
        "cheers",
        "day",
        "dear",
        "everyone",
        "everything",
        "fine",
        "fix",
        "fixed",
        "for",
        "gentlemen",
        "good",
        "great",
        "greetings",
        "have",
        "help",
        "helping",
        "hello",
        "hi",
        "i",
        "is",
        "it",
        "kind",
        "kindly",
        "madam",
        "many",
        "me",
        "much",
        "my",
        "nice",
        "now",
        "of",
        "ok",
        "okay",
        "perfect",
        "problem",
        "quick",
        "regards",
        "reply",
        "response",
        "resolved",
        "service",
        "sir",
        "sirs",
        "so",
        "solution",
        "solved",
        "solving",
        "support",
        "swift",
        "team",
        "thank",
        "thanks",
        "that",
        "the",
        "this",
        "thx",
        "to",
        "tq",
        "ty",
        "very",
        "warm",
        "we",
        "weekend",
        "well",
        "with",
        "wonderful",
        "you",
        "your",
        "yours",
        "faithfully",
        "sincerely",
        "awesome",
        "excellent",
        "admin",
        "anda",
        "atas",
        "baik",
        "baiknya",
        "balasan",
        "bantuan",
        "bantuannya",
        "banyak",
        "bapak",
        "bu",
        "ibu",
        "cepat",
        "dan",
        "dengan",
        "hormat",
        "kak",
        "kami",
        "kasih",
        "kembali",
        "kepada",
        "makasih",
        "mas",
        "mbak",
        "min",
        "pak",
        "pelayanan",
        "pelayanannya",
        "penjelasan",
        "penjelasannya",
        "penyelesaian",
        "respon",
        "respons",
        "responnya",
        "saya",
        "sama",
        "salam",
        "sangat",
        "selamat",
        "semua",
        "semuanya",
        "siang",
        "pagi",
        "sore",
        "malam",
        "sekali",
        "sip",
        "sudah",
        "tanggapan",
        "tanggapannya",
        "telah",
        "terima",
        "terimakasih",
        "tim",
        "tks",
        "trims",
        "ya",
        "yang",
        "matur",
        "nuwun",
        "hatur",
        "nuhun",
        "alles",
        "beste",
        "besten",
        "bedankt",
        "danke",
        "dank",
        "für",
        "gruß",
        "grüße",
        "groet",
        "groeten",
        "gut",
        "hilfe",
        "ihre",
        "ihren",
        "mit",
        "freundlichen",
        "met",
        "vriendelijke",
        "vielen",
        "recht",
        "schön",
        "sehr",
        "u",
        "uw",
        "voor",
        "wel",
        "hartelijk",
        "beaucoup",
        "bien",
        "cordialement",
        "merci",
        "pour",
        "votre",
        "gracias",
        "muchas",
        "por",
        "su",
        "grazie",
        "mille",
        "obrigado",
        "obrigada",
    ]
)
# Where the quoted mail or the signature begins.
QUOTED = re.compile(
    r"^\s*(>|--\s*$|_{5,}|-{3,}\s*(original|pesan asli|forwarded)|on .{4,120} wrote:|pada .{4,120} menulis:|am .{4,120} schrieb"
    r"|le .{4,120} a écrit|from:\s|dari:\s|von:\s|sent from my|dikirim dari|get outlook for)",
    re.IGNORECASE | re.MULTILINE,
)


def without_quotations(body: str) -> str:
    """HTML without the mail it quotes, which mail programs and Odoo mark."""
    if not body.strip() or body.lstrip().startswith("<pre"):
        return body
    try:
        root = html.fragment_fromstring(body, create_parent="div")
    except (etree.ParserError, ValueError):
        return body
    for quoted in root.xpath("//blockquote | //*[@data-o-mail-quote] | //*[contains(@class, 'gmail_quote')]"):
        if quoted.getparent() is not None:
            quoted.drop_tree()
    return html.tostring(root, encoding="unicode")


def own_words(text: str) -> str:
    """What the sender wrote themselves, without the quoted mail below it and the signature."""
    found = QUOTED.search(text)
    return text[: found.start()] if found else text


def is_bare_thanks(text: str, sender: str = "") -> bool:
    """Whether a reply says thank you and nothing else. When in doubt it says more: reopening once too often costs a minute.

    :param text: the reply as plain text
    :param sender: the name of its sender, with which they sign
    """
    own = own_words(text).lower()
    if "?" in own or not THANKS.search(own):
        return False
    words = re.findall(r"[^\W\d_]+", own)
    signed = set(re.findall(r"[^\W\d_]+", sender.lower()))
    digits = re.search(r"\d", own)
    return not digits and 0 < len(words) <= LONGEST and all(word in POLITE or word in signed for word in words)
