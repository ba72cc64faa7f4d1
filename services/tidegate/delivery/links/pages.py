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


_FRAME = Template("""<!doctype html>
<html lang="$language">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1.5rem}</style>
<main>
<h1>$title</h1>
<p>$text</p>
$form</main>
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
_BUTTON = {"en": "Unsubscribe", "zh-CN": "退订"}


def page(which: Page, accepted: str) -> str:
    """The page as HTML; ``accepted`` is the browser's Accept-Language."""
    language = "zh-CN" if _prefers_chinese(accepted) else "en"
    title, text = (_CHINESE if language == "zh-CN" else _ENGLISH)[which]
    form = _FORM.substitute(button=_BUTTON[language]) if which is Page.ASK else ""
    return _FRAME.substitute(language=language, title=title, text=text, form=form)


def _prefers_chinese(accepted: str) -> bool:
    """Browsers name what their users read best first."""
    return accepted.strip().lower().startswith("zh")
