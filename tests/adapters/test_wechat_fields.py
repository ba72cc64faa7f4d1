"""Fields of WeChat's templates hold what the provider's table says, and nothing else is sent."""

import pytest
from tidegate_adapters.wechat.fields import is_field, problem

GOOD = {
    "thing": ["a", "一" * 20, "😀" * 20, "Kaffee & Kuchen, 5 €"],
    "number": ["0", "1" * 32, "-3.50", "12.5"],
    "letter": ["a", "Zz" * 16],
    "symbol": ["@", "-*/+=", "、。"],
    "character_string": ["A-1/b 2", "x" * 32, "SF1234567890"],
    "time": [
        "15:01",
        "7:05:09",
        "2019年10月1日 15:01",
        "2019-10-01 15:01",
        "15:01~16:30",
        "2019年10月1日 15:01 ~ 2019年10月2日 00:00",
    ],
    "date": [
        "2019年10月1日",
        "2018-01-01",
        "2018.1.1",
        "2018/01/31",
        "2019-12-25 09:42",
        "2019年10月1日~2019年10月7日",
        "2019-10-01 09:00~2019-10-01 10:00",
    ],
    "amount": ["1", "¥100", "￥9999999999.99", "$5.5", "100元", "€1元"],
    "phone_number": ["13800000000", "+86-0766-66888866", "(010) 1234-5678"],
    "car_number": ["粤A8Z888挂", "粤A12345", "A", "12345678"],
    "name": ["张三", "一" * 10, "John Smith", "a" * 20, "阿Q"],
    "phrase": ["审核通过", "好", "一二三四五", "〇"],
    "enum": ["已发货", "x"],
}
BAD = {
    "thing": ["一" * 21],
    "number": ["1" * 33, "1.", "1,000", "一", "1e5", "0.1.2"],
    "letter": ["a1", "a" * 33, "é", "a b"],
    "symbol": ["a", "1", "@" * 6, "一"],
    "character_string": ["中", "x" * 33, "ü"],
    "time": ["24:00", "15:60", "15.01", "2019-13-01 15:01", "15:01~", "15:01-16:00", "2019-10-01"],
    "date": ["2019-02-32", "01-01-2018", "2018-01", "2018-0-1", "15:01", "2019年10月", "2019-10-01~"],
    "amount": ["", "12345678901", "¥¥1", "1.", "1,5", "¥", "一百", "-1"],
    "phone_number": ["1" * 18, "call me"],
    "car_number": ["粤粤12345", "123456789", "粤A-12345", "粤A挂1"],
    "name": ["一" * 11, "a" * 21, "阿" + "a" * 10, "R2D2"],
    "phrase": ["ok", "审核通过了吗", "审核!", "一 二"],
}


@pytest.mark.parametrize("kind", list(GOOD))
def test_good_values_are_sent(kind: str) -> None:
    for value in GOOD[kind]:
        assert problem(f"{kind}1", value) == "", value


@pytest.mark.parametrize("kind", list(BAD))
def test_bad_values_are_refused_by_the_fields_name_and_not_told(kind: str) -> None:
    for value in BAD[kind]:
        found = problem(f"{kind}01", value)
        assert found.startswith(f"{kind}01 "), (value, found)
        assert len(value) < 6 or value not in found


@pytest.mark.parametrize("value", ["a\nb", "a\tb", "\x00", "a\x7f", "a\x85b"])
def test_control_characters_are_refused_everywhere(value: str) -> None:
    for kind in GOOD:
        assert "control character" in problem(f"{kind}3", value) or not value.strip()


def test_a_field_holds_something() -> None:
    assert "is empty" in problem("thing1", "  ")
    assert "is empty" in problem("keyword1", "", others_allowed=True)


def test_names_are_types_with_numbers() -> None:
    assert is_field("thing01")
    assert is_field("character_string999")
    assert not any(map(is_field, ("thing", "Thing1", "things1", "thing1000", "keyword1", "first")))
    assert "is no field of a template" in problem("keyword1", "x")
    assert problem("keyword1", "x", others_allowed=True) == ""
    assert "at most 20" in problem("thing1", "x" * 21, others_allowed=True)
