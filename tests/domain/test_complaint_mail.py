"""Which mail is a machine's, and how a broken mail is made readable: headers in any order, case and wording."""

from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle_complaints.domain.automatic_mail import (
    LIST_HEADERS,
    LOOP_HEADERS,
    VENDOR_HEADERS,
    judge,
    keyword,
    mailbox,
    tells_of_failure,
)
from crm_lifecycle_complaints.domain.readable_mail import clean, decoded, only_address, readable_copy, readable_text, same_text, unwrapped

HARMLESS = st.lists(
    st.tuples(
        st.sampled_from(["Received", "X-Mailer", "DKIM-Signature", "Importance", "X-Spam-Score", "Date", "MIME-Version"]),
        st.text(max_size=30),
    ),
    max_size=6,
)


def cased(name: str):
    return st.lists(st.booleans(), min_size=len(name), max_size=len(name)).map(
        lambda upper: "".join(letter.upper() if up else letter.lower() for letter, up in zip(name, upper, strict=True))
    )


@given(HARMLESS)
def test_harmless_headers_are_a_persons(headers):
    verdict = judge(headers)
    assert not verdict.automatic
    assert verdict.answerable


@given(
    HARMLESS, HARMLESS, cased("auto-submitted"), st.sampled_from(["auto-replied", "auto-generated", "auto-notified", "Auto-Replied; x=y"])
)
def test_auto_submitted_decides_wherever_it_stands(before, after, name, value):
    verdict = judge([*before, (name, value), *after])
    assert verdict.automatic
    assert not verdict.answerable
    assert verdict.sign == "auto-submitted"


@given(HARMLESS, cased("auto-submitted"), st.sampled_from(["no", "NO", " no ", "no (a person)", "no; x=y"]))
def test_auto_submitted_no_is_a_person(headers, name, value):
    assert not judge([*headers, (name, value)]).automatic
    assert not judge([*headers, (name, value), ("Precedence", "bulk")]).automatic


def test_a_person_who_says_so_is_answered_by_nobody_who_must_not():
    """``Auto-Submitted: no`` makes it a person's mail, and the wish not to be answered by machines holds all the same."""
    verdict = judge([("Auto-Submitted", "no"), ("X-Auto-Response-Suppress", "All")])
    assert not verdict.automatic
    assert not verdict.answerable
    assert judge([("X-Auto-Response-Suppress", "All")]).automatic


@pytest.mark.parametrize("name", [*LIST_HEADERS, *LOOP_HEADERS])
def test_what_comes_by_a_list_or_a_guarded_robot_is_received_and_not_answered(name):
    verdict = judge([(name, "<people.lists.test>")])
    assert (verdict.automatic, verdict.answerable, verdict.sign) == (False, False, name)


@pytest.mark.parametrize(
    "box",
    [
        *("mailer-daemon", "Mailer_Daemon", "postmaster", "noreply", "no-reply", "no.reply", "no_reply", "donotreply", "do-not-reply"),
        *("noreply+a1", "jira-noreply", "no-reply-billing", "auto-reply", "autoresponder", "bounce", "bounces+1-2=x", "bounce-12"),
    ],
)
def test_mailboxes_that_nobody_reads_are_not_answered(box):
    verdict = judge([("From", f'"Shop" <{box}@shop.test>')])
    assert (verdict.automatic, verdict.answerable, verdict.sign) == (False, False, "from")


@pytest.mark.parametrize("box", ["noreen", "replyno", "rebounce", "norep", "postmasters", "monoreply", "siti.bounces"])
def test_mailboxes_of_people_are_answered(box):
    assert judge([("From", f"{box}@shop.test")]).answerable


@pytest.mark.parametrize(
    ("sender", "subject", "automatic"),
    [
        ("postmaster@x.test", "Undeliverable: CMP/2026/00001", True),
        ("Postmaster@x.test", "failure notice", True),
        (f"Outlook <MicrosoftExchange{'0a' * 16}@x.test>", "Unzustellbar: x", True),
        ("Mailer_Daemon@x.test", "Returned mail: see transcript for details", True),
        ("siti@x.test", "Undeliverable: my parcel", False),
        ("postmaster@x.test", "Our order has not come", False),
        ("postmaster@x.test", "Re: Undeliverable: x", False),
    ],
)
def test_undelivered_mail_that_says_so_in_its_subject_only(sender, subject, automatic):
    assert judge([("From", sender), ("Subject", subject)]).automatic is automatic


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-MS-Exchange-Message-Is-Ndr", ""),
        ("X-Post-MessageClass", "9; Autoresponder"),
        ("Preference", "auto_reply"),
        ("Content-Type", 'text/calendar; charset=utf-8; method="DeclineCounter"'),
    ],
)
def test_other_signs_of_a_machine(name, value):
    assert judge([(name, value)]).sign == name.lower().replace("preference", "precedence")


@given(st.sampled_from(VENDOR_HEADERS), st.sampled_from(["yes", "true", "1", "Reply", "siti@maju.test"]))
def test_vendor_headers(name, value):
    assert judge([(name.title(), value)]).sign == name


@pytest.mark.parametrize("value", ["no", "0", "false", "", "None"])
def test_vendor_header_that_denies(value):
    assert not judge([("X-Autoreply", value)]).automatic


@pytest.mark.parametrize("value", ["<>", " <> ", "< >", "", "<MAILER-DAEMON>"])
def test_empty_return_path(value):
    assert judge([("Return-Path", value)]).automatic


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: x",
        "AUTO-REPLY: x",
        "Out of Office: x",
        "Out of Office AutoReply: x",
        "Balasan otomatis: x",
        "Réponse automatique : x",
        "Automatická odpověď: x",
        "Automatiskt svar: x",
        "Автоматический ответ: x",
        "自動返信：x",
        "자동 회신: x",
        "[AUTO GENERATED] x",
    ],
)
def test_subject_of_an_automatic_answer(subject):
    assert judge([("Subject", subject)]).automatic


@pytest.mark.parametrize("subject", ["Re: Automatic reply: x", "Out of office hours", "Automatic reply was rude", "Auto: x", ""])
def test_subject_of_a_person(subject):
    assert not judge([("Subject", subject)]).automatic


@pytest.mark.parametrize(
    ("value", "automatic"), [("All", True), ("AutoReply", True), ("DR, OOF, AutoReply", True), ("OOF", False), ("DR, RN", False)]
)
def test_suppressed_answers(value, automatic):
    verdict = judge([("X-Auto-Response-Suppress", value)])
    assert verdict.automatic is automatic
    assert not verdict.answerable


def test_nothing_suppressed():
    assert judge([("X-Auto-Response-Suppress", "None")]).answerable


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60)), max_size=12))
def test_any_headers_give_a_verdict(headers):
    verdict = judge(headers)
    assert not (verdict.automatic and verdict.answerable)
    assert bool(verdict.sign) == (not verdict.answerable)


def test_bulk_mail_and_lists_that_pass_peoples_mail_on():
    assert judge([("Precedence", "bulk")]).cause == "bulk"
    assert judge([("Precedence", "bulk"), ("List-Unsubscribe", "<https://x.test>")]).cause == "bulk"
    for written_to in (("List-Post", "<mailto:x@y.test>"), ("Mailing-List", "list x@y.test"), ("X-BeenThere", "x@y.test")):
        verdict = judge([("Precedence", "bulk"), written_to])
        assert not verdict.cause
        assert not verdict.answerable


@pytest.mark.parametrize(
    ("name", "value", "spam"),
    [
        ("X-Spam-Flag", "YES", True),
        ("X-Spam-Flag", "NO", False),
        ("X-Spam-Status", "Yes, score=9", True),
        ("X-Spam-Status", "No, score=-1", False),
        ("X-Rspamd-Action", "add header", True),
        ("X-Rspamd-Action", "no action", False),
        ("X-Spam-Score", "99", False),
    ],
)
def test_spam_is_what_a_filter_was_sure_of(name, value, spam):
    assert (judge([(name, value)]).cause == "spam") is spam


def test_words():
    assert keyword("Auto-Replied (vacation); owner=x") == "auto-replied"
    assert mailbox('"No Reply" <NoReply@shop.test>') == "noreply"
    assert mailbox("not an address") == ""


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_clean_text_can_be_stored(text):
    cleaned = clean(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "x-klingon", "us-ascii", "", "iso-8859-1"]))
def test_any_bytes_can_be_decoded(content, charset):
    assert isinstance(decoded(content, charset), str)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_readable_mail(noise):
    raw = b"From: a@b.test\nTo: keluhan@x.test\nMessage-ID: <1@b.test>\nContent-Type: text/plain; charset=x-klingon\n\n" + noise
    copy = readable_copy(message_from_bytes(raw, policy=SMTP))
    assert copy["From"] == "a@b.test"
    assert copy["Message-ID"] == "<1@b.test>"
    assert isinstance(copy.get_content(), str)


@given(st.binary(max_size=120))
def test_any_header_bytes_give_a_readable_mail(noise):
    raw = b"From: a@b.test\nSubject: " + noise.replace(b"\n", b" ").replace(b"\r", b" ") + b"\nTo: keluhan@x.test\n\nhello"
    copy = readable_copy(message_from_bytes(raw, policy=SMTP))
    assert "hello" in copy.get_content()


def test_plain_text_is_preferred_to_html():
    raw = b"""Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/html; charset=x-klingon

<p>html</p>
--b
Content-Type: text/plain; charset=x-klingon

plain
--b--
"""
    assert readable_text(message_from_bytes(raw, policy=SMTP)).strip() == "plain"


@pytest.mark.parametrize(("words", "charset"), [("жалоба", "koi8-r"), ("投诉", "gb2312"), ("苦情", "iso-2022-jp"), ("Beschädigt", "cp437")])
def test_the_charset_that_a_mail_names_is_used(words, charset):
    assert decoded(words.encode(charset), charset) == words


MAIL = b"From: a@b.test\r\nTo: keluhan@x.test\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        MAIL,
        b"\xef\xbb\xbf" + MAIL,
        b"\r\n\n\r\n" + MAIL,
        b">From a@b.test Fri Nov 20 09:00:00 2026\n" + MAIL,
        MAIL.replace(b"\r\n", b"\r\r\n"),
        MAIL.replace(b"\r\n", b"\n\r"),
        b"\x00" + MAIL.replace(b"a@b", b"a\x00@b"),
    ],
)
def test_headers_are_found_whatever_is_around_them(raw):
    message = message_from_bytes(unwrapped(raw), policy=SMTP)
    assert (message["from"], message["to"]) == ("a@b.test", "keluhan@x.test")
    assert "hello" in message.get_content()


@given(st.binary(max_size=60))
def test_what_is_found_whole_stays_as_it_is(noise):
    raw = b"From: a@b.test\n\n" + noise.replace(b"\x00", b"")
    assert unwrapped(raw) == raw


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("<<a@b.test>>", "a@b.test"),
        ("a@b.test.", "a@b.test"),
        ("Siti (a@b.test) [a@b.test]", "a@b.test"),
        ("a@b.test, c@b.test", ""),
        ("a@b@c", ""),
        ("a@", ""),
        ("a@...", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_header_that_follows_no_standard(text, address):
    assert only_address(text) == address


@given(st.text())
def test_any_header_has_one_address_or_none(text):
    assert only_address(text).count("@") <= 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Jar  cracked", "jar\ncracked".replace("j", "J"), True),
        ("Jar: it arrived cracked", "[list] Jar: it arrived cracked -- List footer with many, many more words than the mail itself", True),
        ("Hello", "Hello, the lid does not fit either", False),
        ("The jar is cracked and leaks", "The lid is cracked and leaks", False),
        ("", "", True),
    ],
)
def test_which_texts_are_the_same(one, other, same):
    assert same_text(one, other) is same
    assert same_text(other, one) is same


def report(kind: str, fields: str):
    raw = f"Content-Type: multipart/report; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: message/{kind}\n\n{fields}\n--b--\n"
    return message_from_bytes(raw.encode(), policy=SMTP)


@pytest.mark.parametrize(
    ("kind", "fields", "failure"),
    [
        ("delivery-status", "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed", True),
        ("delivery-status", "Reporting-MTA: dns; x\n\nAction: delivered\n\nAction: Failed (really)", True),
        ("delivery-status", "Reporting-MTA: dns; x", True),
        ("delivery-status", "Reporting-MTA: dns; x\n\nAction: delayed", False),
        ("delivery-status", "Reporting-MTA: dns; x\n\nAction: relayed", False),
        ("disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed", False),
    ],
)
def test_which_reports_tell_of_a_failure(kind, fields, failure):
    assert tells_of_failure(report(kind, fields)) is failure


def test_undelivered_mail_without_a_report_is_a_failure():
    assert tells_of_failure(message_from_bytes(b"From: mailer-daemon@x.test\n\nfailure notice", policy=SMTP))


@given(st.binary(max_size=200))
def test_any_report_has_a_verdict(noise):
    raw = (
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nA: b\n\nAction: "
        + noise
        + b"\n--b--\n"
    )
    assert tells_of_failure(message_from_bytes(raw, policy=SMTP)) in (True, False)
