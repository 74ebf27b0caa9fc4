"""Mails: what quoted-printable and Base64 hide is judged too."""

from __future__ import annotations

import gzip
import time
from email import policy
from email.message import EmailMessage

import pytest

from conformance.traffic.audit.formats import Kind
from tests.traced import cpu_seconds
from tests.unit.audit_content import LEAK, OPAQUE, audit, seen

URL = f"https://a.example/x?page=1&access_token={OPAQUE}"
LINES = f"Hello,\n\nplease click {URL} äöü {'and more words ' * 5}\nBye\n"


def mail(encoding: str, text: str = LINES, *, html: str = "", attached: bytes = b"") -> bytes:
    message = EmailMessage(policy.SMTP)
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "c"
    message.set_content(text, cte=encoding)
    if html:
        message.add_alternative(html, subtype="html", cte=encoding)
    if attached:
        message.add_attachment(attached, maintype="application", subtype="octet-stream", filename="a")
    return message.as_bytes()


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("before", [b"", b"From a@example.com Tue Dec  1 10:00:00 2026\r\n"])
def test_a_leak_in_an_encoded_body_is_found_once(encoding: str, before: bytes) -> None:
    result = audit(before + mail(encoding))
    assert (result.read[0].kind, result.is_complete) == (Kind.MAIL, True)
    assert [(one.finding.rule, one.finding.parameter, one.count) for one in result.found.values()] == [
        ("L2", "access_token", 1)
    ]


def test_a_finding_in_quoted_printable_names_the_line_and_the_value_as_it_was_meant() -> None:
    text = mail("quoted-printable")
    number = next(at for at, line in enumerate(text.split(b"\n"), 1) if b"please click" in line)
    (found,) = audit(text).found.values()
    assert (found.first.line, str(len(OPAQUE)) in found.finding.masked) == (number, True)


def test_each_mail_of_a_box_each_part_and_each_text_that_is_attached_is_judged() -> None:
    one = mail("base64", "Hello\n", html=f'<a href="{URL.replace("&", "&amp;")}">a</a>')
    other = mail("quoted-printable", "Hello\n", attached=f"GET {LEAK} HTTP/1.1\n".encode() * 3)
    line = b"From a@example.com Tue Dec  1 10:00:00 2026\r\n"
    result = audit(line + one + b"\r\n" + line + other)
    assert sorted((rule, place) for rule, place, _, _ in seen(result)) == [("L1", "query"), ("L2", "query")]


def test_a_mail_in_a_mail_is_judged() -> None:
    outer = b"From: a@example.com\nContent-Type: message/rfc822\n\n" + mail("base64").replace(b"\r\n", b"\n")
    assert [one[0] for one in seen(audit(outer))] == ["L2"]


def test_what_is_attached_and_no_text_is_named_and_can_be_accepted() -> None:
    result = audit(mail("base64", "Hello\n", attached=b"\x89PNG\r\n\x1a\n" + bytes(100)))
    assert (list(result.unknown.values()), result.is_complete) == (["png"], False)


def test_what_is_attached_and_packed_is_unpacked() -> None:
    result = audit(mail("base64", "Hello\n", attached=gzip.compress(f"GET {LEAK} HTTP/1.1\n".encode())))
    assert ([one[0] for one in seen(result)], result.is_complete) == (["L1"], True)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_a_mail_without_a_leak_is_clean(encoding: str) -> None:
    text = LINES.replace(OPAQUE, "{{access_token}}")
    assert seen(audit(mail(encoding, text, html="<p>a=3Db</p>"))) == []


def test_base64_that_is_cut_off_is_named() -> None:
    text = mail("base64").rstrip()
    assert [str(one.reason) for one in audit(text[: -(3 - text.count(b"=", -2))]).damage] == [
        "is Base64 that is damaged"
    ]


@pytest.mark.parametrize("part", ["=\n", "--a\n\n", "a: b\n", "From x 2026\n", "\n", "=3D", "boundary=a\n"])
def test_hostile_mails_take_no_time(part: str) -> None:
    began = time.process_time()
    for encoding in ("base64", "quoted-printable"):
        head = f"From: a\nContent-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: {encoding}\n\n"
        audit(head + (part * 100_000)[:500_000])
    assert time.process_time() - began < cpu_seconds(10)
