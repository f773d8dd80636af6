"""Telephone numbers as people and telephone systems write them, read into one form to compare."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

SUFFIX_DIGITS = 9
# Shorter ones are extensions, short codes and emergency numbers.
LEAST_DIGITS = 7
LONGEST_TEXT = 250
# What some carriers send for a withheld number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE and NONE on the keypad.
WITHHELD = {"266696687", "7378742833", "2562533", "8656696", "86282452253", "464"}
SEVERAL = re.compile(r"\s*(?:[,;|\n]|\s/\s|//|&)\s*|\s+(?:or|atau|and|dan)\s+", re.IGNORECASE)
NOT_DIALLED = re.compile(r"@|^\s*(?:sips?|client|whatsapp|mailto|https?):", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A number that was read: ``e164`` only where it is valid beyond doubt, ``suffix`` the last nine digits of its national part."""

    e164: str | None
    suffix: str


def _valid(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return phonenumbers.number_type(number) in kinds


def _lacks_its_zero(text: str, digits: str, region: str | None) -> bool:
    """Whether this is written neither with a + nor with the 0 that a national number of the region begins with."""
    if text.startswith(("+", "＋")) or digits.startswith("0") or len(digits) <= SUFFIX_DIGITS:
        return False
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None
    return bool(metadata) and metadata.national_prefix == "0"


@lru_cache(maxsize=16384)
def read(text: str | None, region: str | None = None) -> Number | None:
    """The number that ``text`` stands for, or None where it is none: empty, withheld, a short code, an address, rubbish.

    ``region``: the ISO code of the country in which a number without country code is dialled. A number that several rules
    could read is read by the first that gives a valid one: 00 as +, as dialled in the region, digits as if a + stood before them. Without
    the 0 that the region asks for, a number that is one of another country as well has no ``e164``: it is not known whose it is.
    """
    if not text or len(text) > LONGEST_TEXT or NOT_DIALLED.search(text):
        return None
    text = text.strip()
    digits = phonenumbers.normalize_digits_only(text)
    if len(digits) < LEAST_DIGITS or digits in WITHHELD:
        return None
    readings = [(text, region)]
    if digits.startswith("00") and not text.startswith(("+", "＋")):
        readings.insert(0, ("+" + digits[2:], None))
    if len(digits) > SUFFIX_DIGITS:
        readings.append(("+" + digits, None))
    for spelling, country in readings:
        if number := _valid(spelling, country):
            foreign = _valid("+" + digits, None) if _lacks_its_zero(text, digits, region) else None
            # A mobile that has lost its 0 in a spreadsheet is more likely than somebody's landline abroad.
            if foreign and foreign != number and (_is_mobile(foreign) or not _is_mobile(number)):
                return Number(None, phonenumbers.national_significant_number(foreign)[-SUFFIX_DIGITS:])
            national = phonenumbers.national_significant_number(number)
            return Number(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), national[-SUFFIX_DIGITS:])
    if len(digits) > 15 or sum(map(str.isalpha, text)) > len("extension"):
        return None
    return Number(None, digits.lstrip("0")[-SUFFIX_DIGITS:]) if len(digits.lstrip("0")) >= LEAST_DIGITS else None


def read_all(text: str | None, region: str | None = None) -> list[Number]:
    """The numbers in a field into which people may have put several."""
    if not text:
        return []
    whole = read(text, region)
    if whole and whole.e164:
        return [whole]
    parts = [part for part in SEVERAL.split(text[:LONGEST_TEXT]) if part]
    found = [number for part in parts if (number := read(part, region))] if len(parts) > 1 else []
    return list(dict.fromkeys(found)) or ([whole] if whole else [])


def international(e164: str) -> str:
    """An E.164 number with the spaces of its country."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164
