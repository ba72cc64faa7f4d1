"""`tidegate import --customers` against a running identity, on both kinds of databases."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.feeds import changes
from support.importing import Importer
from support.server import serving
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.identity.v1 import changes_pb2, consents_pb2, customers_pb2, definitions_pb2
from tidegate.api.identity.v1.references_pb2 import CustomerReference

ROWS = 1_500
MANY_ROWS = 6_000
HEADER = "member,mobile,city,points,visits,tier,vip,sms,updated"
MAPPING = [
    "source=crm",
    "time=updated",
    "identifier.member_id=member",
    "identifier.phone=mobile",
    "attribute.city=city",
    "attribute.points:int=points",
    "attribute.visits:int=visits",
    "tag.tier=tier",
    "tag.vip:bool=vip",
    "consent.marketing.sms=sms",
]


@pytest.fixture
def crm(tmp_path: Path, database_url: str) -> Iterator[Importer]:
    with serving(tmp_path / "services", "identity", database_url=database_url) as suite:
        yield defined(Importer(suite, tmp_path, "--customers", MAPPING))


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Importer]:
    """For what has nothing to do with the database."""
    with serving(tmp_path / "services", "identity") as suite:
        yield Importer(suite, tmp_path, "--customers", MAPPING)


def defined(crm: Importer) -> Importer:
    """Points are replaced by newer ones, visits add up."""
    policies = {"points": definitions_pb2.MERGE_POLICY_LATEST, "visits": definitions_pb2.MERGE_POLICY_SUM}
    for name, policy in policies.items():
        definition = definitions_pb2.AttributeDefinition(
            name=name, type=definitions_pb2.ATTRIBUTE_TYPE_INT, merge_policy=policy
        )
        request = definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=definition)
        crm.identity.CreateAttributeDefinition(request)
    return crm


def extract(path: Path, rows: int) -> Path:
    """Every second one is a VIP, every third one does not want messages, every fourth one has no phone."""
    path.write_text("\n".join([HEADER, *(row(number) for number in range(rows))]))
    return path


def row(number: int) -> str:
    mobile = f"138{number:08}" if number % 4 else ""
    answers = f"{'yes' if number % 2 == 0 else 'no'},{'granted' if number % 3 else 'denied'}"
    return f"m{number},{mobile},Wuhan,{number},2,{('gold', 'silver')[number % 2]},{answers},2026-10-01 10:00"


def announced(crm: Importer) -> list[changes_pb2.Change]:
    return list(changes(crm.identity, changes_pb2.ListChangesRequest(page_size=10_000)))


def created(crm: Importer) -> int:
    return sum(change.HasField("customer_created") for change in announced(crm))


def member(crm: Importer, member_id: str) -> customers_pb2.Customer:
    reference = CustomerReference(identifier=Identifier(namespace="member_id", value=member_id))
    return crm.identity.GetCustomer(customers_pb2.GetCustomerRequest(customer=reference)).customer


def tags(customer: customers_pb2.Customer) -> Sequence[str]:
    return sorted(each.tag for each in customer.tags)


def test_customers_are_imported_whole_and_importing_again_changes_nothing(crm: Importer) -> None:
    rows = extract(crm.folder / "crm.csv", ROWS)
    done = crm.run(rows)
    assert done.returncode == 0, done.stderr
    assert "1,500  customers taken" in done.stdout
    assert "1,500  customers created" in done.stdout
    assert created(crm) == ROWS
    known = member(crm, "m6")
    assert {each.identifier.namespace: each.identifier.value for each in known.identifiers} == {
        "member_id": "m6",
        "phone": "+8613800000006",
    }
    assert known.attributes["city"].value.string_value == "Wuhan"
    assert [known.attributes[name].value.int_value for name in ("points", "visits")] == [6, 2]
    assert tags(known) == ["tier=gold", "vip"]
    (consent,) = known.consents
    assert (consent.purpose, consent.channel, consent.decision) == ("marketing", "sms", consents_pb2.DECISION_DENIED)
    assert consent.time == known.attributes["city"].time

    before = announced(crm)
    again = crm.run(rows)
    assert again.returncode == 0, again.stderr
    assert "1,500  customers taken" in again.stdout
    assert "customers created" not in again.stdout
    assert announced(crm) == before
    assert member(crm, "m6") == known


def test_a_killed_import_goes_on_and_ends_as_one_that_was_not(crm: Importer) -> None:
    rows = extract(crm.folder / "crm.csv", MANY_ROWS)
    state = crm.folder / "state"
    crm.run_and_kill(rows, state)
    assert 0 < created(crm) < MANY_ROWS
    done = crm.run(rows, "--state", str(state))
    assert done.returncode == 0, done.stderr
    assert "of them before the interruption" in done.stdout
    assert created(crm) == MANY_ROWS
    assert not state.exists()
    told = [change.attributes_changed.changed for change in announced(crm) if change.HasField("attributes_changed")]
    assert sorted(each["points"].int_value for each in told) == list(range(MANY_ROWS)), "each customer once"
    assert {each["visits"].int_value for each in told} == {2}, "and nothing was added twice"


def test_rows_are_rejected_by_their_columns(crm: Importer) -> None:
    rows = crm.folder / "crm.csv"
    rows.write_text(
        f"{HEADER}\n"
        "m1,13800000001,Wuhan,7,,gold,yes,1,2026-10-01\n"
        "m2,13800000002,Wuhan,many,,gold,yes,1,2026-10-01\n"
        "m3,13800000003,Wuhan,7,,gold,yes,maybe,2026-10-01\n"
        "m4,not a phone,Wuhan,7,,a=b,yes,1,2026-10-01\n"
        "m5,13800000005,Wuhan,7,,gold,yes,1,2999-10-01\n"
        ",,Wuhan,7,,gold,yes,1,2026-10-01\n"
        "m7,13800000007,Wuhan,7,,gold,yes,1,\n"
        "m8,13800000008,Wuhan,,,,,,2026-10-01\n"
    )
    done = crm.run(rows)
    assert done.returncode == 1, done.stderr
    assert "2  customers taken" in done.stdout
    assert [(each["row"], each["columns"]) for each in crm.rejected(rows)] == [
        ("2", "points"),
        ("3", "sms"),
        ("4", "mobile; tier"),
        ("5", "updated"),
        ("6", "member, mobile"),
        ("7", "updated"),
    ]
    assert "write granted, yes, true, 1, denied, no, false, or 0" in crm.rejected(rows)[1]["reason"]
    assert created(crm) == 2
    assert not member(crm, "m8").consents


def test_what_a_file_says_of_one_customer_arrives_in_its_order(crm: Importer) -> None:
    """Of what is so since the same time the last to arrive stands: here in batches that are under way together."""
    rows = crm.folder / "crm.csv"
    lines = [f"m{number % 700},,Wuhan,{number},,,,,2026-10-01" for number in range(3_500)]
    rows.write_text("\n".join([HEADER, *lines]))
    assert crm.run(rows).returncode == 0
    points = [member(crm, f"m{number}").attributes["points"].value.int_value for number in range(0, 700, 70)]
    assert points == list(range(2_800, 3_500, 70))


def test_jsonl_is_imported_too(on_sqlite: Importer) -> None:
    rows = on_sqlite.folder / "crm.jsonl"
    document = {"id": 7, "at": "2026-10-01T10:00:00Z", "likes": ["tea", "music"], "ok": {"sms": False}}
    rows.write_text(json.dumps(document) + "\n")
    mapping = ["source=crm", "time=at", "identifier.member_id=id", "tag.likes:list=likes", "consent.marketing=ok.sms"]
    crm = Importer(on_sqlite.suite, on_sqlite.folder, "--customers", mapping)
    done = crm.run(rows)
    assert done.returncode == 0, done.stderr
    assert tags(member(crm, "7")) == ["likes=music", "likes=tea"]
    assert member(crm, "7").consents[0].decision == consents_pb2.DECISION_DENIED


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--map", "identifier.email=no_such"], "the file has no column no_such"),
        (["--map", "event_id=member"], "--map event_id=member: write time="),
        (["--map", "consent.a.b.c.d=sms"], "write PURPOSE, PURPOSE.CHANNEL, or PURPOSE.CHANNEL.BRAND"),
        (["--events", "orders.csv"], "name one file, with --events or with --customers"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(on_sqlite: Importer, options: list[str], says: str) -> None:
    done = on_sqlite.run(extract(on_sqlite.folder / "crm.csv", 3), *options)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
