"""Who gets the next complaint, how urgent it is, what resembles it, and when a thank-you is nothing but one."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.assignment import Member, deal
from crm_lifecycle_complaints.domain.priority import SEVERITIES, URGENT, priority
from crm_lifecycle_complaints.domain.similarity import likeness, telling_words
from crm_lifecycle_complaints.domain.thanks import is_bare_thanks, without_quotations

MOMENTS = st.none() | st.integers(0, 1000).map(lambda minutes: datetime(2026, 11, 1) + timedelta(minutes=minutes))
MEMBERS = st.lists(st.tuples(st.integers(0, 8), MOMENTS), max_size=6).map(
    lambda rows: [Member(key, load, last) for key, (load, last) in enumerate(rows)]
)


@given(MEMBERS, st.integers(0, 40))
def test_in_turn_everybody_gets_as_many(members, count):
    dealt = deal("round_robin", members, count)
    assert len(dealt) == (count if members else 0)
    turns = {member.key: dealt.count(member.key) for member in members}
    assert not members or max(turns.values()) - min(turns.values()) <= 1
    if members and count:
        never = [member for member in members if member.last is None]
        waited = min(members, key=lambda member: member.last or datetime.min)
        assert dealt[0] == (never[0] if never else waited).key


@given(MEMBERS, st.integers(0, 40))
def test_least_busy_levels_the_load(members, count):
    dealt = deal("least_busy", members, count)
    assert len(dealt) == (count if members else 0)
    load = {member.key: member.open for member in members}
    for key in dealt:
        assert load[key] == min(load.values())
        load[key] += 1


@given(st.sampled_from(SEVERITIES), st.integers(0, 3), st.booleans())
def test_priority_is_bounded_and_rises(severity, boost, safety):
    found = priority(severity, boost, safety)
    assert 0 <= found <= URGENT
    assert found <= priority("grave", boost, safety)
    assert found <= priority(severity, min(3, boost + 1), safety)
    assert found == URGENT or not safety


def test_safety_comes_before_worth():
    assert priority("minor", 0, True) == URGENT > priority("grave", 0, False)


@given(st.text(max_size=60), st.text(max_size=60), st.booleans(), st.booleans(), st.booleans())
def test_likeness_is_mutual(one, other, product, customer, category):
    assert likeness(one, other, product, customer, category) == likeness(other, one, product, customer, category)
    assert likeness(one, one, product, customer, category) >= likeness(one, other, product, customer, category)


def test_telling_words():
    assert telling_words("Re: the jar was cracked, really CRACKED") == ["cracked", "really"]
    assert likeness("Cracked jar", "My jar cracked open", False, False, False) >= 1
    for one, other in (("Cracked glass splinters", "Cracked"), ("Cracked", "Cracked glass splinters")):
        assert likeness(one, other, False, False, False) == 2
    assert likeness("Cracked jar", "Late delivery", False, False, True) < 1


BARE = [
    "Thanks!",
    "Thank you very much for your quick help.\n\nKind regards,\nSiti Rahmawati",
    "Perfect, thanks a lot!",
    "Terima kasih banyak atas bantuannya.\n\nSalam,\nSiti",
    "Baik, terima kasih ya Kak 🙏",
    "OK makasih",
    "Vielen Dank für Ihre Hilfe!\nMit freundlichen Grüßen".replace("Grüßen", "Gruß"),
    "Thanks\n\nOn Fri, 20 Nov 2026 Toko wrote:\n> Do you agree? We closed 4711 because it does not work.",
    "Terima kasih.\n\nPada Jum, 20 Nov 2026 Toko Sejahtera menulis:\n> Keputusan kami",
    "thx\n-- \nSiti Rahmawati\nPT Maju, Jl. Braga 99",
]
MORE = [
    "Thanks, but the second jar is cracked, too.",
    "Thank you for nothing.",
    "Thanks. When does the replacement arrive?",
    "I do not agree.",
    "Terima kasih, tetapi barangnya belum sampai.",
    "Thanks, still broken",
    "thanks 3 more are broken",
    "",
    "👍",
    "No thanks",
    "Thank you, please open it again.",
    "> Thank you",
    "Not ok. Thanks.",
    "Thank you. Is it fixed?",
    "Thank you 4711",
    "terima kasih belum",
]


@pytest.mark.parametrize("text", BARE)
def test_bare_thanks(text):
    assert is_bare_thanks(text, "Siti Rahmawati")


@pytest.mark.parametrize("text", MORE)
def test_an_answer_that_says_more(text):
    assert not is_bare_thanks(text, "Siti Rahmawati")


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text):
    assert is_bare_thanks(text) in (True, False)


def test_quotations_are_left_out():
    body = '<p>Thanks</p><blockquote>Why?</blockquote><div class="gmail_quote">On Friday</div><p data-o-mail-quote="1">x</p> tail'
    assert "Thanks" in without_quotations(body)
    assert "tail" in without_quotations(body)
    for quoted in ("Why", "Friday", ">x<"):
        assert quoted not in without_quotations(body)


@given(st.text(max_size=200))
def test_any_body_can_be_read(body):
    assert isinstance(without_quotations(body), str)


def test_the_same_product_counts_most_then_words_then_the_customer():
    product = likeness("Cracked jar", "Late delivery", True, False, False)
    words = likeness("Cracked jar", "Cracked jar", False, False, False)
    customer = likeness("Cracked jar", "Late delivery", False, True, False)
    assert product > words > customer > likeness("Cracked jar", "Late delivery", False, False, True) > 0
