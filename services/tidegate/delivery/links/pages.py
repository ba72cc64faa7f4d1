"""Pure: the few pages that people see when they follow a link, in Chinese and English."""

import enum
from string import Template


class Page(enum.Enum):
    """What there is to say."""

    ASK = "ask"
    DONE = "done"
    LATER = "later"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"


class Language(enum.StrEnum):
    """What pages are written in."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


_FRAME = Template("""<!doctype html>
<html lang="$language">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>:root{color-scheme:light dark}
body{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1.5rem}fieldset{margin:0 0 1rem;padding:.5rem 1rem}
label{display:block;padding:.4rem 0}input[type=checkbox]{width:1.2rem;height:1.2rem;vertical-align:-.15rem}</style>
<main>
<h1>$title</h1>
$body</main>
</html>
""")
_FORM = Template("""<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">$button</button>
</form>
""")
_ENGLISH = {
    Page.ASK: ("Unsubscribe", "Do you want no more messages of this kind?"),
    Page.DONE: ("Unsubscribed", "You will get no more messages of this kind."),
    Page.LATER: ("Please try again", "This could not be recorded just now. Please try again in a minute."),
    Page.UNKNOWN: (
        "This link leads nowhere",
        "It may have expired, or the address was not copied as a whole.",
    ),
    Page.TOO_MANY: ("Please wait a moment", "Too many addresses were tried. Please try again in a minute."),
}
_CHINESE = {
    Page.ASK: ("退订", "您确定不再接收此类消息吗？"),
    Page.DONE: ("已退订", "您将不再收到此类消息。"),
    Page.LATER: ("请稍后再试", "暂时无法处理，请一分钟后再试。"),
    Page.UNKNOWN: ("链接无效", "链接可能已过期，或地址不完整。"),
    Page.TOO_MANY: ("请稍候", "尝试次数过多，请一分钟后再试。"),
}
_BUTTON = {Language.ENGLISH: "Unsubscribe", Language.CHINESE: "退订"}


def page(which: Page, language: Language) -> str:
    """The page as HTML."""
    title, text = (_CHINESE if language is Language.CHINESE else _ENGLISH)[which]
    form = unsubscribe_form(language) if which is Page.ASK else ""
    return framed(language, title, f"<p>{text}</p>\n{form}")


def framed(language: Language, title: str, body: str) -> str:
    """A whole page; ``body`` is HTML."""
    return _FRAME.substitute(language=language, title=title, body=body)


def unsubscribe_form(language: Language) -> str:
    """The button that does what one click in a mail program does (RFC 8058)."""
    return _FORM.substitute(button=_BUTTON[language])


def language_of(chosen: str, accepted: str) -> Language:
    """The language that was chosen, else the one that ``accepted``, an Accept-Language, puts first."""
    for said in (chosen, accepted):
        if said.strip():
            return Language.CHINESE if said.strip().lower().startswith("zh") else Language.ENGLISH
    return Language.ENGLISH
