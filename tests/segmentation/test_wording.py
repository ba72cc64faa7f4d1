"""Rules read back in plain language: each kind of node in both languages, and its contrary."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from support import segmentation_words as w
from tidegate.api.segmentation.v1 import rules_pb2 as pb
from tidegate.segmentation.rules.words import Wording
from tidegate.segmentation.rules.words.chinese import CHINESE
from tidegate.segmentation.rules.words.english import ENGLISH
from tidegate.segmentation.wire.rules import read_rule

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = timedelta(days=30)
ELEVENTH = datetime(2026, 11, 10, 16, tzinfo=UTC)
VIP, CITY = w.tag("vip"), w.attribute("city", w.compare("EQUAL", "上海"))


def dated(first: str = "", last: str = "") -> pb.EventSelection:
    made = w.events("order")
    made.window.dates.first_date, made.window.dates.last_date = first, last
    return made


def between(start: datetime | None = None, end: datetime | None = None) -> pb.EventSelection:
    made = w.events("order")
    made.window.interval.SetInParent()
    if start is not None:
        made.window.interval.start.FromDatetime(start)
    if end is not None:
        made.window.interval.end.FromDatetime(end)
    return made


def score(component: str, comparison: pb.Comparison) -> pb.Rule:
    return pb.Rule(score=pb.ScoreRule(model_id="rfm", component_id=component, comparison=comparison))


def arm(*arms: str, epoch: int = 0) -> pb.Rule:
    return pb.Rule(arm=pb.ArmRule(experiment_id="trial", arm_ids=arms, epoch=epoch))


TIER = pb.Rule(tier=pb.TierRule(model_id="rfm", tiers=["high", "mid"]))
STAGE = pb.Rule(stage=pb.StageRule(stage_model_id="aipl", stages=["loyalty"]))
ORDERS = w.events("order", rolling=DAYS)
PAID = w.events("order", "purchase", rolling=DAYS, filters={"amount": w.compare("GREATER", 100)})

SAID = [
    (CITY, 'their city is "上海"', "city为“上海”"),
    (
        w.attribute("city", w.compare("IN", "a", "b", "c")),
        'their city is "a", "b" or "c"',
        "city为“a”、“b”或“c”",
    ),
    (
        w.attribute("age", w.compare("IN", *range(12))),
        "their age is 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or 2 more",
        "age为0、1、2、3、4、5、6、7、8、9或另外2个值",
    ),
    (w.attribute("age", w.compare("NOT_IN", 1, 2)), "their age is known and not 1 or 2", "age有值且不为1或2"),
    (w.attribute("age", w.compare("NOT_EQUAL", 1)), "their age is known and not 1", "age有值且不为1"),
    (w.attribute("age", w.compare("LESS", 18)), "their age is less than 18", "age小于18"),
    (w.attribute("age", w.compare("LESS_OR_EQUAL", 18)), "their age is at most 18", "age不大于18"),
    (w.attribute("age", w.compare("GREATER", 18.5)), "their age is more than 18.5", "age大于18.5"),
    (w.attribute("age", w.compare("GREATER_OR_EQUAL", 18)), "their age is at least 18", "age不小于18"),
    (
        w.attribute("age", w.compare("BETWEEN", 18, 30)),
        "their age is from 18 to 30, both included",
        "age在18到30之间（含两端）",
    ),
    (w.attribute("city", w.compare("STARTS_WITH", "上")), 'their city begins with "上"', "city以“上”开头"),
    (w.attribute("likes", w.compare("CONTAINS", "tea")), 'their likes contains "tea"', "likes包含“tea”"),
    (w.attribute("likes", w.compare("EQUAL", ["a", "b"])), 'their likes is ["a", "b"]', "likes为[“a”、“b”]"),
    (w.attribute("age", w.compare("PRESENT")), "their age is known", "age有值"),
    (w.attribute("age", w.compare("ABSENT")), "their age is not known", "age没有值"),
    (w.attribute("paid", w.compare("EQUAL", True)), "their paid is true", "paid为是"),
    (w.attribute("paid", w.compare("EQUAL", False)), "their paid is false", "paid为否"),
    (
        w.attribute("end", w.compare("LESS", ELEVENTH)),
        "their end is before 2026-11-11 00:00 CST",
        "end早于2026-11-11 00:00 CST",
    ),
    (
        w.attribute("end", w.compare("LESS_OR_EQUAL", ELEVENTH + timedelta(seconds=1))),
        "their end is no later than 2026-11-11 00:00:01 CST",
        "end不晚于2026-11-11 00:00:01 CST",
    ),
    (
        w.attribute("end", w.compare("GREATER", ELEVENTH + timedelta(microseconds=1))),
        "their end is after 2026-11-11 00:00:00.000001 CST",
        "end晚于2026-11-11 00:00:00.000001 CST",
    ),
    (
        w.attribute("end", w.compare("GREATER_OR_EQUAL", ELEVENTH)),
        "their end is no earlier than 2026-11-11 00:00 CST",
        "end不早于2026-11-11 00:00 CST",
    ),
    (w.attribute("end", w.within(-DAYS, timedelta(0))), "their end lies in the last 30 days", "end在过去30天内"),
    (w.attribute("end", w.within(timedelta(0), DAYS)), "their end lies in the next 30 days", "end在未来30天内"),
    (
        w.attribute("end", w.within(-DAYS, timedelta(hours=25))),
        "their end lies from 30 days ago until before 1 day 1 hour from now",
        "end在30天前起至1天1小时后前",
    ),
    (w.attribute("end", w.within(-DAYS)), "their end lies 30 days ago or later", "end在30天前或更晚"),
    (
        w.attribute("end", w.within(None, timedelta(0))),
        "their end lies before the time now",
        "end早于现在",
    ),
    (w.attribute("end", w.within()), "their end is known", "end有值"),
    (VIP, 'they have the tag "vip"', "有标签“vip”"),
    (w.negate(VIP), 'they do not have the tag "vip"', "没有标签“vip”"),
    (
        w.tag("a", "level=*"),
        'they have one of the tags "a" or any of the group "level"',
        "有标签“a”或标签组“level”中的任一标签之一",
    ),
    (w.negate(w.tag("a", "b")), 'they have none of the tags "a" or "b"', "没有“a”或“b”中的任何标签"),
    (w.tag("level=*"), 'they have a tag of the group "level"', "有标签组“level”中的标签"),
    (w.negate(w.tag("level=*")), 'they have no tag of the group "level"', "没有标签组“level”中的标签"),
    (
        w.consent("marketing", "GRANTED", channel="sms", brand="b"),
        "they have agreed to marketing by sms for the brand b",
        "已同意marketing（通道sms，品牌b）",
    ),
    (
        w.consent("marketing", "DENIED"),
        "they have refused marketing by all channels for all brands",
        "已拒绝marketing（所有通道，所有品牌）",
    ),
    (
        w.negate(w.consent("marketing", "UNKNOWN", channel="sms")),
        "it is not so that they have not decided about marketing by sms for all brands",
        "并非尚未对marketing（通道sms，所有品牌）表态",
    ),
    (w.identifier("wechat.openid"), 'they have an identifier "wechat.openid"', "有“wechat.openid”标识"),
    (w.negate(w.identifier("phone")), 'they have no identifier "phone"', "没有“phone”标识"),
    (w.in_segment("fans"), 'they are in the segment "fans"', "属于人群“fans”"),
    (w.negate(w.in_segment("fans")), 'they are not in the segment "fans"', "不属于人群“fans”"),
    (
        score("", w.compare("GREATER_OR_EQUAL", 4)),
        'their score in the model "rfm" is at least 4',
        "在模型“rfm”中的得分不小于4",
    ),
    (
        score("recency", w.compare("EQUAL", 5)),
        'their class of recency in the model "rfm" is 5',
        "在模型“rfm”中recency的等级为5",
    ),
    (TIER, 'they are in the tier "high" or "mid" of the model "rfm"', "在模型“rfm”中属于层级“high”或“mid”"),
    (
        w.negate(TIER),
        'they are not in the tier "high" or "mid" of the model "rfm"',
        "在模型“rfm”中不属于层级“high”或“mid”",
    ),
    (STAGE, 'they are in the stage "loyalty" of the model "aipl"', "在模型“aipl”中处于阶段“loyalty”"),
    (w.negate(STAGE), 'they are not in the stage "loyalty" of the model "aipl"', "在模型“aipl”中不处于阶段“loyalty”"),
    (arm("new"), 'they are in the arm "new" of the experiment "trial"', "在实验“trial”中属于“new”组"),
    (
        w.negate(arm("new", epoch=2)),
        'they are not in the arm "new" of the experiment "trial", epoch 2',
        "在实验“trial”第2期中不属于“new”组",
    ),
    (w.event("order"), 'they have at least 1 "order" event', "至少有1次“order”事件"),
    (w.negate(w.event("order")), 'they have no "order" event', "没有“order”事件"),
    (
        w.event(PAID, "COUNT", w.compare("GREATER_OR_EQUAL", 2)),
        'they have at least 2 "order" or "purchase" events whose amount is more than 100 in the last 30 days',
        "过去30天内至少有2次“order”或“purchase”事件（其中amount大于100）",
    ),
    (
        w.event(ORDERS, "COUNT", w.compare("EQUAL", 0)),
        'they have no "order" event in the last 30 days',
        "过去30天内没有“order”事件",
    ),
    (
        w.negate(w.event("order", "COUNT", w.compare("LESS", 1))),
        'they have at least 1 "order" event',
        "至少有1次“order”事件",
    ),
    (w.negate(w.event("order", "COUNT", w.compare("GREATER", 0))), 'they have no "order" event', "没有“order”事件"),
    (w.event("order", "COUNT", w.compare("EQUAL", 3)), 'they have exactly 3 "order" events', "恰好有3次“order”事件"),
    (w.event("order", "COUNT", w.compare("LESS", 2)), 'they have fewer than 2 "order" events', "少于2次“order”事件"),
    (
        w.event("order", "COUNT", w.compare("LESS_OR_EQUAL", 2)),
        'they have at most 2 "order" events',
        "最多有2次“order”事件",
    ),
    (w.event("order", "COUNT", w.compare("GREATER", 1)), 'they have more than 1 "order" event', "多于1次“order”事件"),
    (
        w.negate(w.event("order", "COUNT", w.compare("BETWEEN", 1, 2))),
        'it is not so that they have from 1 to 2 "order" events',
        "并非有1到2次“order”事件",
    ),
    (
        w.event("order", "COUNT", w.compare("IN", 1, 3)),
        'the number of their "order" events is 1 or 3',
        "“order”事件的次数为1或3",
    ),
    (
        w.event(ORDERS, "SUM", w.compare("GREATER", 500), "amount"),
        'the sum of amount over their "order" events in the last 30 days is more than 500',
        "过去30天内“order”事件的amount之和大于500",
    ),
    (
        w.event("order", "MEAN", w.compare("LESS", 5), "amount"),
        'the mean of amount over their "order" events is less than 5',
        "“order”事件的amount平均值小于5",
    ),
    (
        w.event("order", "MIN", None, "amount"),
        'the least amount of their "order" events is known',
        "“order”事件的amount最小值有值",
    ),
    (
        w.event("order", "MAX", w.compare("LESS", 5), "amount"),
        'the greatest amount of their "order" events is less than 5',
        "“order”事件的amount最大值小于5",
    ),
    (
        w.event("order", "FIRST", w.compare("LESS", ELEVENTH)),
        'the time of their first "order" event is before 2026-11-11 00:00 CST',
        "首次“order”事件的时间早于2026-11-11 00:00 CST",
    ),
    (
        w.event("order", "LAST", w.compare("EQUAL", "shop"), "place"),
        'the place of their last "order" event is "shop"',
        "最近一次“order”事件的place为“shop”",
    ),
    (
        w.event("order", "DISTINCT", w.compare("GREATER", 2), "place"),
        'the number of different values of place in their "order" events is more than 2',
        "“order”事件中place的不同值个数大于2",
    ),
    (
        w.event(dated("2026-11-01", "2026-11-11")),
        'they have at least 1 "order" event from 2026-11-01 through 2026-11-11',
        "2026-11-01至2026-11-11（含）至少有1次“order”事件",
    ),
    (
        w.event(dated("2026-11-11", "2026-11-11")),
        'they have at least 1 "order" event on 2026-11-11',
        "2026-11-11当天至少有1次“order”事件",
    ),
    (
        w.event(dated("2026-11-01")),
        'they have at least 1 "order" event from 2026-11-01 on',
        "2026-11-01起至少有1次“order”事件",
    ),
    (
        w.event(dated("", "2026-11-11")),
        'they have at least 1 "order" event up to and on 2026-11-11',
        "截至2026-11-11（含）至少有1次“order”事件",
    ),
    (
        w.event(between(ELEVENTH, ELEVENTH + timedelta(days=1))),
        'they have at least 1 "order" event from 2026-11-11 00:00 CST until before 2026-11-12 00:00 CST',
        "2026-11-11 00:00 CST起至2026-11-12 00:00 CST前至少有1次“order”事件",
    ),
    (
        w.event(between(ELEVENTH)),
        'they have at least 1 "order" event from 2026-11-11 00:00 CST on',
        "2026-11-11 00:00 CST起至少有1次“order”事件",
    ),
    (
        w.event(between(None, ELEVENTH)),
        'they have at least 1 "order" event before 2026-11-11 00:00 CST',
        "2026-11-11 00:00 CST前至少有1次“order”事件",
    ),
    (
        w.sequence("view", "order", timedelta(days=3), "FOLLOWED"),
        'an event "view" was followed within 3 days by an event "order"',
        "“view”事件之后3天内有“order”事件",
    ),
    (
        w.negate(w.sequence("view", "order", timedelta(minutes=90, seconds=5), "NOT_FOLLOWED")),
        'it is not so that an event "view" was not followed within 1 hour 30 minutes 5 seconds by an event "order"',
        "并非“view”事件之后1小时30分钟5秒内没有“order”事件",
    ),
    (w.all_of(VIP), 'they have the tag "vip"', "有标签“vip”"),
    (
        w.all_of(VIP, w.any_of(CITY, w.all_of(w.in_segment("fans")))),
        'they have the tag "vip" and (their city is "上海" or they are in the segment "fans")',
        "有标签“vip”，并且（city为“上海”，或者属于人群“fans”）",
    ),
    (
        w.negate(w.any_of(VIP, w.negate(w.all_of(CITY, w.in_segment("fans"))))),
        'it is not so that (they have the tag "vip" or it is not so that '
        '(their city is "上海" and they are in the segment "fans"))',
        "并非（有标签“vip”，或者并非（city为“上海”，并且属于人群“fans”））",
    ),
    (w.negate(w.negate(VIP)), 'they have the tag "vip"', "有标签“vip”"),
]


@pytest.mark.parametrize(("rule", "english", "chinese"), SAID)
def test_a_rule_is_read_back(rule: pb.Rule, english: str, chinese: str) -> None:
    read = read_rule(rule)
    assert Wording("", SHANGHAI).sentence(read) == f"A customer matches when {english}."
    assert Wording("zh-Hant-TW", SHANGHAI).sentence(read) == f"符合条件的客户：{chinese}。"


def test_each_node_is_told_by_its_path() -> None:
    rule = read_rule(w.all_of(VIP, w.negate(w.any_of(CITY, w.in_segment("fans")))))
    assert Wording("fr", SHANGHAI).clauses(rule) == [
        (
            "rule",
            'they have the tag "vip" and it is not so that (their city is "上海" or they are in the segment "fans")',
        ),
        ("rule.all_of.rules[0]", 'they have the tag "vip"'),
        (
            "rule.all_of.rules[1]",
            'it is not so that (their city is "上海" or they are in the segment "fans")',
        ),
        ("rule.all_of.rules[1].negation", 'their city is "上海" or they are in the segment "fans"'),
        ("rule.all_of.rules[1].negation.any_of.rules[0]", 'their city is "上海"'),
        ("rule.all_of.rules[1].negation.any_of.rules[1]", 'they are in the segment "fans"'),
    ]


def test_what_a_rule_quotes_is_not_read_as_a_phrase() -> None:
    said = Wording("en", SHANGHAI).sentence(read_rule(w.attribute("{name}", w.compare("EQUAL", "{what} {0}"))))
    assert said == 'A customer matches when their {name} is "{what} {0}".'


def test_both_languages_have_the_same_phrases_with_the_same_fields() -> None:
    def fields(phrases: Mapping[str, str]) -> dict[str, set[str]]:
        return {
            key: {name for _, name, _, _ in Formatter().parse(text) if name} - {"s"} for key, text in phrases.items()
        }

    assert fields(ENGLISH) == fields(CHINESE)
