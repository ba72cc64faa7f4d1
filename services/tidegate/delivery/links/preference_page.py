"""Pure: the page on which customers see what they get and end what they do not want, in Chinese and English.

It needs no script and shows nothing of a person; each box has its label, each group its legend.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from string import Template

from tidegate.delivery.links.model import Choice
from tidegate.delivery.links.pages import Language, framed, unsubscribe_form

MARK = "preferences"
SHOWN, KEPT = "shown", "keep"
_SEPARATOR = "/"

_FORM = Template("""<h2 id="choices">$heading</h2>
<p id="how">$how</p>
<form method="post" aria-labelledby="choices" aria-describedby="how">
<input type="hidden" name="$mark" value="1">
$groups<button type="submit">$button</button>
</form>
""")
_GROUP = Template("<fieldset>\n<legend>$legend</legend>\n$boxes</fieldset>\n")
_ON = Template("""<input type="hidden" name="$shown" value="$value">
<label><input type="checkbox" name="$kept" value="$value" checked> $name</label>
""")
_OFF = Template("""<label><input type="checkbox" disabled> $name ($off)</label>
""")
_TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: {
        "title": "Your messages",
        "saved": "Saved. You will get only what is still ticked below.",
        "ask": "Do you want no more messages of this kind: {purpose}, {channel}?",
        "heading": "Choose what you get",
        "how": "Take away the tick from what you do not want any more, then save. What is off can be turned on again"
        " only where you signed up.",
        "button": "Save",
        "off": "off",
        "other": "中文",
    },
    Language.CHINESE: {
        "title": "消息设置",
        "saved": "已保存。您只会收到下面仍然勾选的消息。",
        "ask": "您确定不再接收此类消息吗：{purpose}，{channel}？",
        "heading": "选择您要接收的消息",
        "how": "请取消勾选不想再接收的消息，然后保存。已关闭的消息只能在您当初同意的地方重新开启。",
        "button": "保存",
        "off": "已关闭",
        "other": "English",
    },
}
_PURPOSES: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: {"marketing": "Offers and news", "service": "Service messages"},
    Language.CHINESE: {"marketing": "优惠与资讯", "service": "服务通知"},
}
_CHANNELS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: {
        "email": "E-mail",
        "sms": "Text message",
        "mms": "Picture message",
        "push": "App notification",
        "wechat.subscription": "WeChat mini program",
        "wechat.template": "WeChat official account",
        "wechat.service": "WeChat service chat",
        "wecom": "WeCom",
    },
    Language.CHINESE: {
        "email": "电子邮件",
        "sms": "短信",
        "mms": "彩信",
        "push": "应用通知",
        "wechat.subscription": "微信小程序",
        "wechat.template": "微信公众号",
        "wechat.service": "微信客服",
        "wecom": "企业微信",
    },
}


def preference_page(choices: Sequence[Choice], way: tuple[str, str], language: Language, *, is_saved: bool) -> str:
    """The page as HTML; ``way`` is the (purpose, channel) of the message whose link was followed."""
    texts = _TEXTS[language]
    parts = [f'<p role="status">{texts["saved"]}</p>\n'] if is_saved else []
    own = next((one for one in choices if one.way == way), None)
    if own is not None and own.is_on and not is_saved:
        kind = {"purpose": _purpose(own.purpose, language), "channel": _channel(own.channel, language)}
        parts.append(f"<p>{escape(texts['ask'].format(**kind))}</p>\n{unsubscribe_form(language)}")
    groups = "".join(
        _group(purpose, list(several), language) for purpose, several in groupby(choices, lambda one: one.purpose)
    )
    form = _FORM.substitute(
        heading=texts["heading"], how=texts["how"], mark=MARK, groups=groups, button=texts["button"]
    )
    other = next(one for one in Language if one is not language)
    switch = f'<p><a href="?lang={other}" hreflang="{other}" lang="{other}">{texts["other"]}</a></p>\n'
    return framed(language, texts["title"], "".join([*parts, form, switch]))


def ended(shown: Iterable[str], kept: Iterable[str]) -> set[tuple[str, str]]:
    """The (purpose, channel) whose ticks were taken away, as the form of a page says."""
    gone = set(shown) - set(kept)
    return {(purpose, channel) for channel, found, purpose in (one.partition(_SEPARATOR) for one in gone) if found}


def _group(purpose: str, choices: Sequence[Choice], language: Language) -> str:
    boxes = "".join(_box(choice, language) for choice in choices)
    return _GROUP.substitute(legend=escape(_purpose(purpose, language)), boxes=boxes)


def _box(choice: Choice, language: Language) -> str:
    name = escape(_channel(choice.channel, language))
    if not choice.is_on:
        return _OFF.substitute(name=name, off=_TEXTS[language]["off"])
    value = escape(f"{choice.channel}{_SEPARATOR}{choice.purpose}")
    return _ON.substitute(shown=SHOWN, kept=KEPT, value=value, name=name)


def _purpose(purpose: str, language: Language) -> str:
    return _PURPOSES[language].get(purpose, purpose.replace("_", " "))


def _channel(channel: str, language: Language) -> str:
    return _CHANNELS[language].get(channel, channel)
