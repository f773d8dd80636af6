"""Mails as they really arrive, each as raw bytes: what people send, what machines send, and what is broken on the way.

``PEOPLE`` must open one complaint each, ``MACHINES`` none, ``BROKEN`` must be kept one way or the other; none may raise.
"""

import base64
import random

TEAM = "keluhan@sejahtera.test"
NOISE = random.Random(6).randbytes


def mail(key, *headers, body="The jar arrived cracked.", sender=None, content="text/plain; charset=utf-8", **left_out):
    """A mail as bytes; ``left_out`` names headers (From, To, Subject, Date, Message_ID) that are given as None or another value."""
    usual = {
        "From": sender or f"Person {key} <{key}@people.test>",
        "To": TEAM,
        "Subject": "Cracked jar",
        "Date": "Fri, 20 Nov 2026 09:00:00 +0700",
        "Message_ID": f"<{key}@people.test>",
        "MIME_Version": "1.0",
        "Content_Type": content,
        **left_out,
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in usual.items() if value is not None]
    text = "\n".join([*lines, *headers]) + "\n\n"
    return text.encode("utf-8", "surrogateescape") + (body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape"))


def parts(*pieces, boundary="sep"):
    return "".join(f"--{boundary}\n{piece}\n" for piece in pieces) + f"--{boundary}--\n"


PLAIN = "Content-Type: text/plain; charset=utf-8\n\nThe jar arrived cracked."
HTML = 'Content-Type: text/html; charset=utf-8\n\n<html><body><p>The jar arrived <b style="color:red">cracked</b>.</p></body></html>'
PHOTO = (
    'Content-Type: image/png; name="jar.png"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="jar.png"\n\n'
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WINMAIL = (
    'Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\n'
    'Content-Disposition: attachment; filename="winmail.dat"\n\n' + base64.b64encode(b"\x78\x9f\x3e\x22" + NOISE(200)).decode()
)
INVITATION = (
    "Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\n"
    "DTSTART:20261123T020000Z\nSUMMARY:The jar\nEND:VEVENT\nEND:VCALENDAR"
)
MIXED = 'multipart/mixed; boundary="sep"'
ALTERNATIVE = 'multipart/alternative; boundary="sep"'


def forwarded(depth):
    inner = mail(f"inner{depth}", body="The oldest message.")
    for level in range(depth):
        inner = mail(
            f"forward{depth}-{level}",
            body=b"--sep\nContent-Type: text/plain\n\nSee below.\n--sep\nContent-Type: message/rfc822\n\n" + inner + b"\n--sep--\n",
            content=MIXED if level == depth - 1 else f'multipart/mixed; boundary="sep{level}"',
        ).replace(b"--sep", f"--sep{level}".encode() if level < depth - 1 else b"--sep")
    return inner


def crowd(count):
    return ",\n ".join(f"reader{number}@crowd.test" for number in range(count))


PEOPLE = {
    "plain": mail("plain"),
    "html": mail("html", body=HTML.split("\n\n", 1)[1], content="text/html; charset=utf-8"),
    "alternative": mail("alternative", body=parts(PLAIN, HTML), content=ALTERNATIVE),
    "alternative, html empty": mail("htmlempty", body=parts(PLAIN, "Content-Type: text/html\n\n"), content=ALTERNATIVE),
    "related with inline picture": mail(
        "related",
        body=parts(
            'Content-Type: text/html; charset=utf-8\n\n<p>Look: <img src="cid:jar"></p>',
            PHOTO.replace("Content-Disposition: attachment", "Content-ID: <jar>\nContent-Disposition: inline"),
        ),
        content='multipart/related; boundary="sep"',
    ),
    "photograph": mail("photo", body=parts(PLAIN, PHOTO), content=MIXED),
    "photograph alone": mail("photoalone", body=PHOTO.split("\n\n", 1)[1], content='image/png; name="jar.png"', Subject=None),
    "winmail.dat": mail("winmail", body=parts(PLAIN, WINMAIL), content=MIXED),
    "winmail.dat alone": mail("winmailalone", body=parts(WINMAIL), content=MIXED),
    "calendar invitation": mail("invitation", body=parts(PLAIN, INVITATION), content=ALTERNATIVE),
    "calendar invitation alone": mail(
        "invitationalone", body=INVITATION.split("\n\n", 1)[1], content="text/calendar; charset=utf-8; method=REQUEST"
    ),
    "Auto-Submitted: no": mail("says-no", "Auto-Submitted: no"),
    "Auto-Submitted: no, bulk": mail("says-no-bulk", "Auto-Submitted: no", "Precedence: bulk"),
    "business system": mail("business", "X-Auto-Response-Suppress: OOF"),
    "spam filter says no": mail("clean", "X-Spam-Status: No, score=-1.9", "X-Spam-Flag: NO", "X-Rspamd-Action: no action"),
    "high spam score, no verdict": mail("score", "X-Spam-Score: 7.1", "X-Spam-Level: *******"),
    "mailing list": mail("list", "Precedence: list", "List-Id: Buyers <buyers.people.test>", "List-Post: <mailto:buyers@people.test>"),
    "old mailing list": mail("oldlist", "Precedence: bulk", "X-BeenThere: buyers@people.test", "X-Mailman-Version: 2.0.9"),
    "yahoo group": mail("group", "Precedence: bulk", "Mailing-List: list buyers@groups.test; contact buyers-owner@groups.test"),
    "priority": mail("priority", "X-Priority: 1 (Highest)", "Importance: High"),
    "read receipt wanted": mail("receipt", "Disposition-Notification-To: receipt@people.test"),
    "resent": mail("resent", "Resent-From: a@people.test", f"Resent-To: {TEAM}", To="somebody@people.test"),
    "blind copy": mail("bcc", f"Delivered-To: {TEAM}", To="undisclosed-recipients:;"),
    "no To at all": mail("noto", f"Delivered-To: {TEAM}", To=None),
    "missing Message-ID": mail("noid", Message_ID=None),
    "empty Message-ID": mail("emptyid", Message_ID=""),
    "strange Message-ID": mail("strangeid", Message_ID="12345 no brackets"),
    "endless Message-ID": mail("longid", Message_ID=f"<{NOISE(4000).hex()}@people.test>"),
    "missing Date": mail("nodate", Date=None),
    "impossible Date": mail("baddate", Date="Fri, 31 Feb 99999 25:61:00 +9900"),
    "Date in Indonesian": mail("iddate", Date="Jumat, 20 November 2026 09.00 WIB"),
    "missing Subject": mail("nosubject", Subject=None),
    "endless Subject": mail("longsubject", Subject="cracked jar " * 2000),
    "encoded Subject": mail("encoded", Subject="=?utf-8?B?S2VuZGkgcmV0YWs=?= =?iso-8859-1?Q?_f=FCr_uns?="),
    "Subject in an unknown charset": mail("klingonsubject", Subject="=?x-klingon?B?S2VuZGkgcmV0YWs=?="),
    "Subject with a broken word": mail("brokensubject", Subject="=?utf-8?B?S2Vu?= =?utf-8?B?ZGkgcmV0YWs"),
    "Subject in raw bytes": mail("rawsubject").replace(b"Cracked jar", "Kendi retak — €".encode("cp1252")),
    "Subject over three lines": mail("folded", Subject="Cracked\n jar\n\tagain"),
    "huge References": mail("references", "References: " + "\n ".join(f"<{number}@thread.test>" for number in range(3000))),
    "broken References": mail("badreferences", "References: <<>> , <a@b <c>", "In-Reply-To: Your message of Friday"),
    "reply to a notice of ours": mail("notice", "References: <1.2-loop-detection-bounce-email@sejahtera.test>"),
    "wrong charset": mail("wrongcharset", body="Kendi retak — €5", content="text/plain; charset=us-ascii"),
    "unknown charset": mail("unknowncharset", body="Kendi retak — €5", content="text/plain; charset=x-klingon"),
    "utf-16 named utf-8": mail("utf16", body="Kendi retak".encode("utf-16"), content="text/plain; charset=utf-8"),
    "cp1252 named latin1": mail("cp1252", body="Kendi “retak” — €5".encode("cp1252"), content="text/plain; charset=iso-8859-1"),
    "japanese": mail("japanese", body="壊れた瓶が届きました".encode("iso-2022-jp"), content="text/plain; charset=iso-2022-jp"),
    "chinese": mail("chinese", body="瓶子破了".encode("gb18030"), content="text/plain; charset=gb2312"),
    "utf-7": mail("utf7", body=b"Kendi +2D3cWg-", content="text/plain; charset=utf-7"),
    "charset in quotes and capitals": mail("capitals", content='TEXT/PLAIN; CHARSET="UTF-8"'),
    "charset twice": mail("charsettwice", content="text/plain; charset=utf-8; charset=us-ascii"),
    "right to left": mail("hebrew", body="הצנצנת שבורה \u202e".encode(), Subject="צנצנת"),
    "emoji": mail("emoji", body="Broken 😡🫙", Subject="Broken 😡"),
    "quoted-printable": mail("qp", "Content-Transfer-Encoding: quoted-printable", body="Kendi retak =E2=82=AC5=\n today"),
    "broken quoted-printable": mail("badqp", "Content-Transfer-Encoding: quoted-printable", body="Kendi =ZZ retak =\n=E2"),
    "base64": mail("base64", "Content-Transfer-Encoding: base64", body=base64.b64encode(b"The jar arrived cracked.")),
    "broken base64": mail("badbase64", "Content-Transfer-Encoding: base64", body="VGhlIGphciBhcn!!JpdmVkIGNyYWNrZWQ"),
    "unknown transfer encoding": mail("uu", "Content-Transfer-Encoding: x-uuencode-klingon"),
    "boundary missing": mail("noboundary", body=parts(PLAIN), content="multipart/mixed"),
    "boundary never closed": mail("openboundary", body=f"--sep\n{PLAIN}\n", content=MIXED),
    "boundary wrong": mail("wrongboundary", body=parts(PLAIN, boundary="other"), content=MIXED),
    "no Content-Type": mail("notype", Content_Type=None, MIME_Version=None),
    "senseless Content-Type": mail("badtype", content="foo; bar=/;;"),
    "vague attachment": mail(
        "vague", body=parts(PLAIN, PHOTO.replace("image/png", "binary/octet-stream"), PHOTO.replace("image/png", "*/*")), content=MIXED
    ),
    "script attached": mail(
        "script", body=parts(PLAIN, 'Content-Type: text/html; name="x.html"\nContent-Disposition: attachment; filename="x.html"\n\n<script>alert(1)</script>'), content=MIXED
    ),
    "file name in another charset": mail("rfc2231", body=parts(PLAIN, PHOTO.replace('filename="jar.png"', "filename*=iso-8859-1''k%F6nig.png")), content=MIXED),
    "file name climbing": mail("climbing", body=parts(PLAIN, PHOTO.replace("jar.png", "../../etc/passwd\x00.png")), content=MIXED),
    "file name endless": mail("longname", body=parts(PLAIN, PHOTO.replace("jar.png", "a" * 5000 + ".png")), content=MIXED),
    "hundred attachments": mail("hundred", body=parts(PLAIN, *[PHOTO] * 100), content=MIXED),
    "nested forwards": forwarded(12),
    "forwarded as attachment": mail(
        "asattachment", body=b"--sep\nContent-Type: message/rfc822\n\n" + mail("original", body="Original complaint") + b"\n--sep--\n", content=MIXED
    ),
    "deep multiparts": mail(
        "deep",
        body="".join(f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n' for n in range(40)) + f"--b40\n{PLAIN}\n",
        content='multipart/mixed; boundary="b0"',
    ),
    "signed": mail(
        "signed",
        body=parts(PLAIN, 'Content-Type: application/pgp-signature; name="signature.asc"\n\n-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----'),
        content='multipart/signed; boundary="sep"; micalg=pgp-sha256; protocol="application/pgp-signature"',
    ),
    "encrypted": mail(
        "encrypted",
        body=parts("Content-Type: application/pgp-encrypted\n\nVersion: 1", 'Content-Type: application/octet-stream; name="encrypted.asc"\n\nx'),
        content='multipart/encrypted; boundary="sep"; protocol="application/pgp-encrypted"',
    ),
    "ten thousand recipients": mail("crowd", To=f"{TEAM},\n {crowd(10_000)}"),
    "ten thousand copies": mail("copies", f"Cc: {crowd(10_000)}"),
    "address with a quoted name": mail("quotedname", sender='"O\'Brien, \\"Pat\\"" <pat@people.test>'),
    "sender in two addresses": mail("twosenders", sender="a.one@people.test, b.two@people.test"),
    "sender without address": mail("nameonly", sender="Just a Name"),
    "sender encoded": mail("encodedsender", sender="=?utf-8?Q?S=C3=AFti?= <siti.encoded@people.test>"),
    "sender's domain is international": mail("idn", sender="siti@bücher.test"),
    "sender's address is endless": mail("longsender", sender=f"{'x' * 3000}@people.test"),
    "From missing": mail("nofrom").replace(b"From: Person nofrom <nofrom@people.test>\n", b""),
    "sender only": mail("senderheader", "Sender: secretary@people.test"),
    "header without colon": mail("nocolon", "this is no header"),
    "header of many kilobytes": mail("longheader", f"X-Filter: {'x' * 200_000}"),
    "thousand headers": mail("manyheaders", *[f"X-Trace-{number}: {number}" for number in range(1000)]),
    "NUL in the text": mail("nul", body="cracked\x00jar", Subject="Zero\x00byte"),
    "lone surrogates": mail("surrogates", body=b"cracked \xed\xa0\x80 jar"),
    "carriage returns": mail("crlf").replace(b"\n", b"\r\n"),
    "old Macintosh line ends": mail("cr", body="one\rtwo\rthree"),
    "mbox line": b"From siti@people.test Fri Nov 20 09:00:00 2026\n" + mail("mbox"),
    "byte order mark": b"\xef\xbb\xbf" + mail("bom", f"Delivered-To: {TEAM}"),
    "empty lines first": b"\r\n\n" + mail("emptylines"),
    "mbox line, quoted": b">From siti@people.test Fri Nov 20 09:00:00 2026\n" + mail("quotedmbox"),
    "carriage returns doubled": mail("crcrlf").replace(b"\n", b"\r\r\n"),
    "line ends turned round": mail("lfcr").replace(b"\n", b"\n\r"),
    "Date before there were mails": mail("olddate", Date="1e400"),
    "sender with a dot behind": mail("dotted", sender="dotted@people.test."),
    "sender in brackets twice": mail("brackets", sender="<<brackets@people.test>>"),
    "sender in a group": mail("grouped", sender="Buyers: grouped@people.test;"),
    "sealed": mail(
        "sealed", "Content-Transfer-Encoding: base64", body=base64.b64encode(NOISE(900)), content="application/pkcs7-mime; smime-type=enveloped-data"
    ),
    "file in two forks": mail(
        "appledouble",
        body=parts(
            PLAIN,
            'Content-Type: multipart/appledouble; boundary="fork"\n\n'
            + parts('Content-Type: application/applefile; name="%jar"\n\nx', PHOTO, boundary="fork"),
        ),
        content=MIXED,
    ),
    "file name in pieces": mail("pieces", body=parts(PLAIN, PHOTO.replace('filename="jar.png"', "filename*0*=utf-8''%E6%8A; filename*1*=%95; filename*2=.png")), content=MIXED),
    "boundary in pieces": mail("boundarypieces", body=parts(PLAIN), content="multipart/mixed; boundary*0=se; boundary*1=p"),
    "flowed": mail("flowed", body="The jar arr \nived cracked.", content="text/plain; charset=utf-8; format=flowed; delsp=yes"),
    "an answered invitation attached": mail(
        "attachedanswer",
        body=parts(PLAIN, 'Content-Type: text/calendar; name="answer.ics"\nContent-Disposition: attachment\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR'),
        content=MIXED,
    ),
    "postmaster who is a person": mail("postmaster", sender="Postmaster <postmaster@people.test>", Subject="Our order has not come"),
    "person on undeliverable parcels": mail("parcel", Subject="Undeliverable: parcel 4711"),
    "html without a body": mail("nohtml", body="<p>unclosed <b>tags <table><tr><td>everywhere", content="text/html; charset=utf-8"),
    "html of scripts": mail("scripts", body="<script>alert(1)</script><img src=x onerror=alert(2)><p>cracked</p>", content="text/html"),
    "html of many levels": mail("levels", body="<div>" * 3000 + "cracked" + "</div>" * 3000, content="text/html; charset=utf-8"),
    "one long line": mail("oneline", body="cracked " * 100_000),
    "only a quotation": mail("quotation", body="> The jar arrived cracked.\n> Really.\n"),
    "only a signature": mail("signature", body="-- \nSiti\nPT Maju"),
    "text and no sense": mail("binary", body=NOISE(5000), content="application/octet-stream"),
}  # fmt: skip

MACHINES = {
    "RFC 3834": mail("a1", "Auto-Submitted: auto-replied", Subject="Re: anything"),
    "Exchange": mail("a2", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", Subject="Automatic reply: Hello"),
    "old Exchange": mail("a3", Subject="Out of Office AutoReply: Hello"),
    "Gmail vacation": mail("a4", "Precedence: bulk", "X-Autoreply: yes"),
    "cPanel": mail("a5", "X-Autorespond: Hello", "Precedence: auto_reply"),
    "Zimbra": mail("a6", "Auto-Submitted: auto-replied (zimbra; vacation=\"x\")"),
    "notification": mail("a7", "Auto-Submitted: auto-notified; owner-email=\"x@y.test\""),
    "empty return path": mail("a8", "Return-Path: <>"),
    "Indonesian": mail("a9", Subject="Balasan Otomatis: Hello"),
    "encoded subject": mail("a10", Subject="=?utf-8?B?QXV0b21hdGljIHJlcGx5OiBIZWxsbw==?="),
    "newsletter": mail("a11", "Precedence: bulk", "List-Unsubscribe: <https://x.test/u>", "List-Id: <news.x.test>"),
    "spam filter": mail("a12", "X-Spam-Flag: YES"),
    "spam filter with scores": mail("a13", "X-Spam-Status: Yes, score=12.3 required=5.0 tests=BAYES_99"),
    "rspamd": mail("a14", "X-Rspamd-Action: add header"),
    "calendar acceptance": mail(
        "a15", body=parts(PLAIN, "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"), content=ALTERNATIVE
    ),
    "bounce": mail(
        "a16",
        sender="Mail Delivery Subsystem <MAILER-DAEMON@mx.people.test>",
        body=parts(
            "Content-Type: text/plain\n\nAddress not found.",
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; x@y.test\nAction: failed\nStatus: 5.1.1",
        ),
        content='multipart/report; report-type=delivery-status; boundary="sep"',
    ),
    "qmail bounce": mail("a17", "Return-Path: <>", sender="MAILER-DAEMON@qmail.test", body="Hi. This is the qmail-send program."),
    "delay notice": mail(
        "a18",
        body=parts(PLAIN, "Content-Type: message/delivery-status\n\nAction: delayed"),
        content='multipart/report; report-type=delivery-status; boundary="sep"',
    ),
    "read receipt": mail(
        "a19",
        body=parts(PLAIN, "Content-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed"),
        content='multipart/report; report-type=disposition-notification; boundary="sep"',
    ),
    "calendar answer that says so inside": mail(
        "a21", body=parts(PLAIN, "Content-Type: text/calendar; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"), content=ALTERNATIVE
    ),
    "Exchange, no report": mail(
        "a22",
        "X-MS-Exchange-Message-Is-Ndr:",
        sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@people.test>",
        body=parts(PLAIN, HTML),
        content=ALTERNATIVE,
    ),
    "postmaster, no report": mail("a23", sender="postmaster@people.test", Subject="Undeliverable: We have received your complaint"),
    "GroupWise": mail("a24", "X-Post-MessageClass: 9; Autoresponder"),
    "Chinese": mail("a25", Subject="自动回复：您好"),
    "cron": mail("a20", "X-Cron-Env: <SHELL=/bin/sh>", "Auto-Submitted: auto-generated"),
}  # fmt: skip

BROKEN = {
    "nothing": b"",
    "a newline": b"\n",
    "one byte": b"\x00",
    "noise": NOISE(3000),
    "headers only": mail("b1", body="").rstrip(),
    "html page": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "only a boundary": b"Content-Type: multipart/mixed; boundary=\"\"\n\n----\n",
}  # fmt: skip
