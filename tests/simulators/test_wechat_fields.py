"""What a field may hold goes by the type that its name begins with."""

import pytest
from tidegate_simulators.wechat import Template

MAY = {
    "thing1": ["订" * 20, "a b,c!", "😀" * 20],
    "number2": ["1" * 32, "12.5", "0"],
    "letter3": ["a" * 32, "ABC"],
    "symbol4": ["!?#$%", "￥"],
    "character_string5": ["AB-12_#" * 4, "x" * 32],
    "time6": ["15:01", "15:01:59", "2019年10月1日 15:01", "15:01~16:30", "2019-10-01 15:01~2019-10-02 09:00"],
    "date7": ["2019年10月1日", "2018-01-01", "2018.1.1", "2018/01/01 15:01", "2018-01-01~2018-01-03", "2020-02-29"],
    "amount8": ["¥1234567890", "12.50元", "$0.5", "100"],
    "phone_number9": ["+86-0766-66888866", "13800000000"],
    "car_number10": ["粤A8Z888挂", "粤A12345", "A1234567"],
    "name11": ["张三", "王" * 10, "a" * 20, "Anna-Maria O'Hara", "李Anna"],
    "phrase12": ["审核通过", "好"],
}
MAY_NOT = {
    "thing1": ["订" * 21, "one\ntwo", "tab\there"],
    "number2": ["1" * 33, "12a", "1.", "一", "1 000"],
    "letter3": ["a" * 33, "a1", "é"],
    "symbol4": ["!?#$%&", "a", "1"],
    "character_string5": ["x" * 33, "订单1", "é"],
    "time6": ["25:00", "15", "15:60", "2019年13月1日 15:01", "15:01～16:30", "2019-02-30 10:00", "10:00~"],
    "date7": ["2019-02-30", "10-01", "2018年1月", "2018-01-01～2018-01-03", "15:01", "2018-1/1"],
    "amount8": ["12345678901", "¥¥1", "1,000", "1元2", "-5", "abc"],
    "phone_number9": ["1" * 18, "138abc"],
    "car_number10": ["粤A8Z8888挂", "粤A京123", "粤"],
    "name11": ["王" * 11, "a" * 21, "李Anna-Maria", "张3"],
    "phrase12": ["审核已经通过", "ok", "好1"],
}


@pytest.mark.parametrize("name", MAY)
def test_a_type_takes_what_its_table_says(name: str) -> None:
    template = Template([name])
    assert [value for value in MAY[name] if template.fault({name: {"value": value}})] == []
    refused = f"argument invalid! data.{name}.value invalid"
    assert {template.fault({name: {"value": value}}) for value in MAY_NOT[name]} == {refused}


def test_an_enum_takes_the_values_of_its_template() -> None:
    template = Template(["enum1"], choices={"enum1": ("已发货", "已签收")})
    assert template.fault({"enum1": {"value": "已发货"}}) == ""
    assert template.fault({"enum1": {"value": "已退回"}}) == "argument invalid! data.enum1.value invalid"


def test_a_field_that_is_missing_or_no_text_is_named() -> None:
    template = Template(["thing1", "number2"])
    assert template.fault({"thing1": {"value": "a"}}) == "argument invalid! data.number2.value is empty"
    assert template.fault({"thing1": {"value": ""}}) == "argument invalid! data.thing1.value is empty"
    assert template.fault({"thing1": {"value": "a"}, "number2": {"value": 5}}).endswith("data.number2.value invalid")
    assert template.fault(None) == template.fault({"thing1": "a"}) == "argument invalid! data.thing1.value is empty"


@pytest.mark.parametrize(("name", "says"), [("thing", "no type"), ("colour1", "no type"), ("enum1", "choices")])
def test_a_template_with_a_field_of_no_type_is_a_mistake(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Template([name])
