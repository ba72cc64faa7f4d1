"""Which column of a file of customers means what, beside what all mappings share.

    time = "updated_at"                  # when all of a row became true; "=2026-11-01" for all rows
    customer_id = "id"                   # Tidegate's own id, where the file has it
    add_tags = "labels"                  # tags as `group=name` or `name`, several divided by `;`; so remove_tags
    add_tags_expire_time = "labels_end"  # when the tags that are put on end by themselves
    returning = "came_back"              # whether who was erased is known again by own will

    [attributes]                         # zone and locale among them
    birth_date = "born"

    [tags]                               # group = column with the name of a tag of the group
    tier = "level"
    interest = { column = "likes", type = "list" }    # several names, divided by `;`
    vip = { column = "is_vip", type = "bool" }        # a tag = column; true puts it on, false takes it off
    "tier=gold" = { column = "is_gold", type = "bool" }

    [consents]                           # purpose.channel.brand = column with the decision
    "marketing.sms" = { column = "sms_ok", time = "sms_at", source = "sms_where", proof = "sms_words" }
    "marketing" = "all_ok"               # on all channels, of all brands

As options: `--map tag.tier=level`, `--map tag.vip:bool=is_vip`, `--map consent.marketing.sms=sms_ok`, and
`--map consent.marketing.sms:time:%Y%m%d=sms_at`. A channel whose name has dots stands in quotes:
`consent.marketing."wecom.group"`. Decisions are granted, yes, true, 1, denied, no, false, or 0; one without a time of
its own was made at the row's, and one without a source comes from the mapping's.

A row must have a time: what arrives again with the same time changes nothing, and a newer fact stays in force.
"""

import csv
import enum
from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from tidegate.importing.grammar import Document, Grammar, formatted, place_of, plain, typed
from tidegate.importing.mapping import FileMapping, Place, TimePlace


class TagKind(enum.StrEnum):
    """What the column of a tag holds."""

    NAME = "name"
    LIST = "list"
    BOOL = "bool"


class TagPlace(Place):
    """Where tags come from, and what the column holds: the name of one of a group, several, or whether it is on."""

    type: TagKind = TagKind.NAME


class ConsentPlace(Place):
    """Where a decision comes from, and when and where it was made and by what it is proved, where columns say so."""

    time: TimePlace | None = None
    source: Place | None = None
    proof: Place | None = None


class Subject(NamedTuple):
    """What a decision is about; an empty channel or brand stands for all."""

    purpose: str
    channel: str = ""
    brand: str = ""


def subject_of(name: str) -> Subject:
    """`marketing.sms` → its parts; one with dots stands in quotes. Raises ValueError."""
    parts: Sequence[str] = next(csv.reader([name], delimiter="."), ())
    if not 1 <= len(parts) <= len(Subject._fields) or not parts[0]:
        raise ValueError(
            f"{name!r} is no subject of a consent; write PURPOSE, PURPOSE.CHANNEL, or PURPOSE.CHANNEL.BRAND, "
            "a part that has dots itself in quotes"
        )
    return Subject(*parts)


def _about_something(consents: dict[str, ConsentPlace]) -> dict[str, ConsentPlace]:
    for name in consents:
        subject_of(name)
    return consents


def _consent(name: str, place: str) -> Document:
    """`marketing.sms` is where the decision stands, `marketing.sms:time` where its time does."""
    subject, _, rest = name.partition(":")
    part, _, format_ = rest.partition(":")
    return {subject: {part: formatted(place, format_)} if part else place_of(place)}


class CustomerMapping(FileMapping):
    """Which column of a file of customers means what."""

    grammar: ClassVar[Grammar] = Grammar(
        fields=("time", "customer_id", "add_tags", "remove_tags", "add_tags_expire_time", "returning"),
        tables={
            "identifier": ("identifiers", plain),
            "attribute": ("attributes", typed),
            "tag": ("tags", typed),
            "consent": ("consents", _consent),
        },
        says=(
            "time=, time:FORMAT=, source=, zone=, customer_id=, identifier.NAMESPACE=, attribute.NAME=, "
            "attribute.NAME:TYPE=, tag.GROUP=, tag.GROUP:list=, tag.NAME:bool=, consent.PURPOSE.CHANNEL.BRAND=, "
            "consent.PURPOSE.CHANNEL.BRAND:time=, :source=, or :proof=, add_tags=, remove_tags=, "
            "add_tags_expire_time=, or returning= and a column"
        ),
        examples={
            "source": "--map source=crm",
            "time": "--map time=updated_at, or --map time==2026-11-01 for all rows",
        },
        parted=frozenset({"consents"}),
    )

    customer_id: Place | None = None
    identifiers: dict[str, Place] = Field(default_factory=dict, max_length=20, validate_default=True)
    tags: dict[str, TagPlace] = Field(default_factory=dict, max_length=100)
    add_tags: Place | None = None
    remove_tags: Place | None = None
    add_tags_expire_time: TimePlace | None = None
    consents: Annotated[dict[str, ConsentPlace], AfterValidator(_about_something)] = Field(
        default_factory=dict, max_length=50
    )
    returning: Place | None = None

    @field_validator("identifiers")
    @classmethod
    def _about_somebody(cls, identifiers: dict[str, Place], info: ValidationInfo) -> dict[str, Place]:
        if not identifiers and info.data.get("customer_id", cls) is None:
            raise ValueError(
                "the mapping does not say whom a row is about; "
                "write --map identifier.member_id=customer, or --map customer_id=column"
            )
        return identifiers

    @field_validator("add_tags_expire_time")
    @classmethod
    def _of_tags(cls, place: TimePlace | None, info: ValidationInfo) -> TimePlace | None:
        if place and not (info.data.get("tags") or info.data.get("add_tags")):
            raise ValueError("no tags are put on; name them with --map tag.GROUP=column")
        return place
