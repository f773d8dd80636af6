from functools import partial

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm_lifecycle.domain.phone import international, read, read_all

SPELLINGS = [
    "+6281234567890",
    "+62 812-3456-7890",
    "0062 812 3456 7890",
    "0812 3456 7890",
    "0812/3456.7890",
    "+62 (0)812 3456 7890",
    "0812.3456.7890",
    "0812\u00a03456\u00a07890",
    "+62 812 3456 7890 ext. 12",
    "(0812) 3456-7890",
    "6281234567890",
    "tel:+62-812-3456-7890",
    "\u202a+62 812\u20113456\u20117890\u202c",
    "＋６２ ８１２ ３４５６ ７８９０",
    "081234567890 x12",
]
NO_NUMBERS = [
    None,
    "",
    " ",
    "anonymous",
    "Anonymous",
    "withheld",
    "unknown",
    "Restricted",
    "+266696687",
    "266696687",
    "7378742833",
    "112",
    "110",
    "14045",
    "*99#",
    "101",
    "sip:+6281234567890@pbx.example.com",
    "sips:alice@example.com",
    "alice@example.com",
    "client:tommy",
    "whatsapp:+6281234567890",
    "<script>alert(1)</script>",
    "'; DROP TABLE res_partner; --",
    "\x00\x01\x02",
    "+",
    "00",
    "+" * 50,
    "0" * 40,
    "9" * 300,
    "x" * 10_240,
    "1234567890" * 1024,
    "٣" * 10_000,
    "call me after lunch please 12",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_the_same_number(spelling):
    assert read(spelling, "ID").e164 == "+6281234567890"
    assert read(spelling, "ID").suffix == "234567890"


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number(text):
    assert read(text, "ID") is None
    assert read_all(text, "ID") == []


def test_belgian_numbers_as_users_complain_of_them():
    assert {read(text, "BE").e164 for text in ("0032475123456", "+32475123456", "0475/12.34.56", "+32 (0)475 12 34 56")} == {"+32475123456"}
    assert read("0475123456").e164 is None
    assert read("0475123456").suffix == read("+32475123456").suffix


def test_a_number_is_dialled_in_its_region():
    assert read("021 5551234", "ID").e164 == "+62215551234"
    assert read("212-555-1234", "US").e164 == "+12125551234"
    assert read("212-555-1234", "ID").e164 != "+12125551234"


def test_a_country_code_without_a_plus():
    assert read("6281234567890", "BE").e164 == "+6281234567890"
    assert read("4915112345678", "BE").e164 == "+4915112345678"
    assert read("6281234567890").e164 == "+6281234567890"


def test_a_number_of_two_countries_is_known_of_neither():
    # A mobile of Singapore without its plus, which Indonesia's numbering plan would allow as well, but for the 0.
    found = read("6591234567", "ID")
    assert (found.e164, found.suffix) == (None, read("+65 9123 4567").suffix)
    assert read("06591234567", "ID").e164 == "+626591234567"
    assert read("6591234567", "SG").e164 == "+6591234567"
    # An area of Florida, and a Belgian number: in the United States nobody dials a 0 before it.
    assert read("3212345678", "US").e164 == "+13212345678"
    # A spreadsheet has lost the 0 of a mobile; what would be Japanese is a landline.
    assert read("81234567890", "ID").e164 == "+6281234567890"


def test_a_long_text_is_no_number():
    assert read("+6281234567890" + " " * 240, "ID") is None


def test_a_number_that_is_not_valid_is_never_known():
    for text in ("0812 345 67", "999 812 3456 7890", "+62 999 999 9999 99"):
        assert read(text, "ID").e164 is None


def test_two_numbers_in_one_field():
    both = {"+62215551234", "+6281234567890"}
    for text in (
        "021-5551234 / 0812-3456-7890",
        "021-5551234, 0812 3456 7890",
        "021 5551234; +62 812 3456 7890",
        "0215551234 atau 081234567890",
        "021-5551234\n081234567890",
    ):
        assert {number.e164 for number in read_all(text, "ID")} == both, text
    assert [number.e164 for number in read_all("0475/12.34.56", "BE")] == ["+32475123456"]


def test_shown_with_the_spaces_of_its_country():
    assert international("+6281234567890") == "+62 812-3456-7890"
    assert international("nonsense") == "nonsense"


@given(st.text(max_size=300), st.sampled_from([None, "ID", "BE", "US", "IT", "XX"]))
def test_nothing_breaks_it(text, region):
    number = read(text, region)
    if number:
        assert number.e164 is None or phonenumbers.is_valid_number(phonenumbers.parse(number.e164))
        assert 7 <= len(number.suffix) <= 9 or number.e164
        assert number.suffix.isdigit()


REGIONS = ["ID", "BE", "DE", "US", "GB", "IT", "SG", "NL", "FR", "AU"]


def examples(region):
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    return [found for kind in kinds if (found := phonenumbers.example_number_for_type(region, kind))]


def spellings(number, region):
    style = partial(phonenumbers.format_number, number)
    plain = style(phonenumbers.PhoneNumberFormat.E164)
    national = style(phonenumbers.PhoneNumberFormat.NATIONAL)
    full = style(phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    own = [
        national,
        national.replace(" ", "\u00a0"),
        national.replace(" ", "."),
        national.replace(" ", "/", 1),
        "".join(filter(str.isdigit, national)),
    ]
    return [(text, region) for text in own] + [
        (text, None) for text in (plain, "00" + plain[1:], full, full + " ext. 7", full.replace(" ", "-"), f"tel:{plain}")
    ]


@st.composite
def numbers(draw):
    region = draw(st.sampled_from(REGIONS))
    example = draw(st.sampled_from(examples(region)))
    digits = str(example.national_number)
    kept = draw(st.integers(2, 4))
    national = int(
        digits[:kept] + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=len(digits) - kept, max_size=len(digits) - kept)))
    )
    number = phonenumbers.PhoneNumber(
        country_code=example.country_code, national_number=national, italian_leading_zero=example.italian_leading_zero
    )
    assume(phonenumbers.is_valid_number(number))
    return number, region


@given(numbers(), st.data())
def test_spellings_of_valid_numbers_give_the_number_itself(numbered, data):
    number, region = numbered
    text, spoken = data.draw(st.sampled_from(spellings(number, region)))
    assert read(text, spoken).e164 == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(numbers(), numbers(), st.data())
def test_no_false_known(one, other, data):
    """Different numbers never become the same one, however they are written."""
    assume(phonenumbers.format_number(one[0], 0) != phonenumbers.format_number(other[0], 0))
    first = read(*data.draw(st.sampled_from(spellings(*one))))
    second = read(*data.draw(st.sampled_from(spellings(*other))))
    assert first.e164 != second.e164
