"""What a mail says: read back with the standard library's parser, and through a real conversation."""

import email.policy
import json
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.mail import account, message, send_one
from tidegate.channels import Content, OutboundMessage, OutcomeKind
from tidegate_adapters.email import SmtpSettings, plaintext
from tidegate_adapters.email.compose import Composer, Uncomposable
from tidegate_adapters.email.plaintext import plain_text
from tidegate_adapters.email.replies import Moment, Reply, refused
from tidegate_simulators.mail import MailSink

SETTINGS = SmtpSettings("127.0.0.1", "双十一小店 <news@example.com>", reply_to="help@example.com")
CHINESE = "双十一，买一送一！\n第二行\n"
HTML = "<p>双十一，<b>买一送一</b>！</p>\n"


def read(mail: bytes) -> EmailMessage:
    unstuffed = mail.replace(b"\r\n..", b"\r\n.")
    parsed = BytesParser(policy=email.policy.default).parsebytes(unstuffed)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def composed(**changes: Any) -> EmailMessage:
    return read(Composer(SETTINGS).compose(message(**changes)).mail)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_headers_say_who_what_and_when() -> None:
    mail = composed(content=Content(subject="双十一：第一波优惠，只给老朋友" * 3, text=CHINESE))
    assert mail["From"].addresses[0].display_name == "双十一小店"
    assert mail["From"].addresses[0].addr_spec == "news@example.com"
    assert mail["To"] == "c0@example.org"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Subject"] == "双十一：第一波优惠，只给老朋友" * 3
    assert mail["Message-ID"] == "<m0@example.com>"
    assert mail["MIME-Version"] == "1.0"
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(seconds=10)


def test_text_alone_is_one_part() -> None:
    mail = composed(content=Content(text=CHINESE))
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
    assert part(mail, "plain") == CHINESE


def test_text_and_html_are_alternatives_with_the_text_first() -> None:
    mail = composed(content=Content(text=CHINESE, html=HTML))
    assert [each.get_content_type() for each in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert (part(mail, "plain"), part(mail, "html")) == (CHINESE, HTML)


def test_html_alone_gets_a_text_of_its_own() -> None:
    html = (
        "<html><head><title>no</title><style>p{color:red}</style></head><body><h1>Sale &amp; more</h1>"
        '<p>Go <a href="https://x.example/1">here</a>,\n now</p><script>no()</script></body></html>'
    )
    assert plain_text(html) == "Sale & more\n\nGo here <https://x.example/1>, now\n"
    assert part(composed(content=Content(html=html)), "plain") == plain_text(html).removesuffix("\n")


MARKUP = (
    "<p>", "</p>", "<br>", "<br/>", '<a href="https://x.example/1">', '<A title=" href=" HREF="a&amp;b" >', "</a>",
    "<a href=x>", "<li\n class='x'>", "<head>", "</head>", "<style>p{a>b}</style>", "<script>if(a<b)</script>",
    "<title>", "</title>", "<textarea>", "</textarea>", "<!doctype html>", "<!-- a -->", "<!---->", "<!--[if mso]>",
    "<![endif]-->", "<o:p>", "</", "<", ">", "&amp;", "&lt;p", "&copy", "text", "  a\n b", "\u017f", "\x0b",
)  # fmt: skip


@given(pieces=st.lists(st.sampled_from(MARKUP), max_size=12))
def test_html_of_the_plainest_kind_reads_as_the_parser_reads_it(pieces: list[str]) -> None:
    html = "".join(pieces)
    text = plaintext.Text()
    parser = plaintext.Parser(text)
    parser.feed(html)
    parser.close()
    assert plain_text(html) == text.joined()


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(Uncomposable, match="content: a mail needs text or html"):
        composed(content=Content(subject="Hello"))


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    # The parser takes \v, \f and the like for ends of lines; mail does not, so compare the raw part.
    raw = read(Composer(SETTINGS).compose(message(content=Content(text=text))).mail).get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw.decode().replace("\r\n", "\n").removesuffix("\n") == text.removesuffix("\n")


@given(text=st.text(st.sampled_from(".\n\r a=€"), min_size=1), html=st.text(st.sampled_from(".\n a=<>€")))
def test_every_line_ends_with_crlf_fits_and_hides_its_dot(text: str, html: str) -> None:
    mail = Composer(SETTINGS).compose(message(content=Content(text=text, html=html))).mail
    assert mail.endswith(b"\r\n")
    assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
    lines = mail.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not [line for line in lines if line.startswith(b".") and not line.startswith(b"..")]
    assert mail.isascii()


@given(subject=st.text(st.characters(codec="utf-8")))
def test_a_subject_is_one_header_whatever_it_holds(subject: str) -> None:
    mail = composed(content=Content(subject=subject, text="x"))
    assert mail["Bcc"] is None
    visible = "".join(character for character in subject if character.isprintable() or character.isspace())
    if visible == subject:
        assert mail["Subject"].split() == subject.split()


@pytest.mark.parametrize(
    "subject",
    ["Hello\r\nBcc: all@example.org", "Hello\nBcc: x@y.z", "Hello\x0bBcc: x", "a\u2028b: c"],
)
def test_a_subject_cannot_bring_headers(subject: str) -> None:
    mail = composed(content=Content(subject=subject, text="x"))
    assert mail["Bcc"] is None
    assert mail["Subject"] == " ".join(subject.split())


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"X-Campaign": "a\r\nBcc: all@example.org"}, "headers: X-Campaign must be one line"),
        ({"X-Campaign": "a\nb"}, "headers: X-Campaign must be one line"),
        ({"X Campaign": "a"}, "headers: a header's name is made of letters, digits and -"),
        ({"X:Y": "a"}, "headers: a header's name is made of letters, digits and -"),
        ({"bcc": "all@example.org"}, "headers: bcc is set by the account or the message; leave it out"),
        ({"Message-Id": "<x@y>"}, "headers: Message-Id is set by the account or the message"),
    ],
)
def test_further_headers_cannot_bring_others(headers: dict[str, str], says: str) -> None:
    with pytest.raises(Uncomposable, match=re.escape(says)):
        composed(content=Content(text="x", headers=headers))


def test_further_headers_go_out(sink: MailSink) -> None:
    send_one(account(sink), content=Content(text="x", headers={"X-Campaign": "双十一"}))
    assert read(sink.mails[0].text)["X-Campaign"] == "双十一"


@pytest.mark.parametrize(
    ("url", "header", "one_click"),
    [
        ("", None, None),
        ("https://go.example.com/u/abc", "<https://go.example.com/u/abc>", "List-Unsubscribe=One-Click"),
        ("http://127.0.0.1/u/abc", "<http://127.0.0.1/u/abc>", None),
    ],
)
def test_unsubscribing_is_one_click_where_it_can_be(url: str, header: str | None, one_click: str | None) -> None:
    mail = composed(unsubscribe_url=url)
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (header, one_click)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "li",
        "@example.org",
        "li@",
        "li lei@example.org",
        "li@example.org>\r\nRCPT TO:<x@y.z",
        "<li@example.org>",
    ],
)
def test_what_is_no_address_never_reaches_the_relay(sink: MailSink, address: str) -> None:
    outcome = send_one(account(sink), address=address)
    assert outcome.kind is OutcomeKind.INVALID_RECIPIENT
    assert sink.connections == 0


def test_domains_beyond_ascii_are_written_as_idna(sink: MailSink) -> None:
    assert send_one(account(sink), address="li@例子.cn").kind is OutcomeKind.ACCEPTED
    assert sink.mails[0].recipients == ("li@xn--fsqu00a.cn",)
    assert send_one(account(sink), address=f"li@{'例' * 80}.cn").kind is OutcomeKind.INVALID_RECIPIENT


def test_local_parts_beyond_ascii_need_a_relay_that_takes_them(sink: MailSink) -> None:
    assert send_one(account(sink), address="李雷@example.org").kind is OutcomeKind.ACCEPTED
    assert sink.mails[0].recipients == ("李雷@example.org",)


def test_what_is_sent_is_what_arrives(sink: MailSink) -> None:
    dots = ".\n..\n.hidden\nend."
    send_one(account(sink), content=Content(subject="Dots", text=dots, html=HTML))
    arrived = read(sink.mails[0].text.replace(b"\r\n.", b"\r\n.."))
    assert part(arrived, "plain") == dots
    assert part(arrived, "html") == HTML


# Replies.

DATA = Path(__file__).parents[2].parent / "shared/data/provider_outcomes.json"
SCOPES = {"msg": "message", "rcpt": "recipient", "tmpl": "template", "acct": "account", "call": "call"}


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data/provider_outcomes.json")
def test_every_code_of_the_table_means_what_the_table_says() -> None:
    for prefix, kind, scope in json.loads(DATA.read_text())["smtp"]:
        outcome = refused(reply_of(prefix), Moment.CONTENT)
        assert (outcome.kind, outcome.scope) == (kind, SCOPES[scope]), prefix


def reply_of(prefix: str) -> Reply:
    """A reply whose code or enhanced status is the prefix made whole."""
    if "." not in prefix:
        return Reply(int(prefix.ljust(3, "9")), "no status")
    status = prefix + "9" if prefix.endswith(".") else prefix
    return Reply(int(f"{status[0]}50"), f"{status} as you see")


@pytest.mark.parametrize("text", ["5.1.1.2 odd", "2.0.0 odd", "5.1.1", "no status 5.1.1 in the middle", ""])
def test_a_status_is_read_only_where_it_stands(text: str) -> None:
    outcome = refused(Reply(550, text), Moment.RECIPIENT)
    expected = OutcomeKind.INVALID_RECIPIENT if text == "5.1.1" else OutcomeKind.PERMANENT
    assert outcome.kind is expected


def test_a_mail_is_for_one_message_only() -> None:
    one = OutboundMessage(message_id="a", address="a@example.org", content=Content(text="for a"))
    two = OutboundMessage(message_id="b", address="b@example.org", content=Content(text="for b"))
    composer = Composer(SETTINGS)
    mails = [composer.compose(each) for each in (one, two, one)]
    assert [part(read(mail.mail), "plain") for mail in mails] == ["for a\n", "for b\n", "for a\n"]
    assert [mail.recipient for mail in mails] == ["a@example.org", "b@example.org", "a@example.org"]
