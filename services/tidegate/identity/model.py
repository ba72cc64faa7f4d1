"""What identity talks about: namespaces, keys, facts, and what became of them.

Instants inside the service are whole microseconds since the epoch (``time: int``): a bulk of events passes
through here, and the databases keep them so. For the same reason, what each item of a batch needs is a named
tuple: a frozen dataclass takes several times as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

NUL = "\0"
"""What no text may contain: PostgreSQL can't keep it."""

DAY = 86_400_000_000
"""The microseconds of 24 hours."""

Scalar = str | int | float | bool | tuple[str, ...] | None
"""An attribute's value. Timestamps are microseconds since the epoch; None clears."""


@dataclass(frozen=True, slots=True)
class Span:
    """Instants from ``start`` up to, not including, ``end``; None is no bound."""

    start: int | None = None
    end: int | None = None


ALWAYS = Span()
"""All instants."""


class NormalForm(StrEnum):
    """How a value is brought to the form in which values are compared."""

    TEXT = "text"
    LOWER_CASE = "lower_case"
    PHONE = "phone"
    EMAIL = "email"
    DIGITS = "digits"


class Strength(StrEnum):
    """How far an identifier can be trusted to name one person."""

    STRONG = "strong"
    WEAK = "weak"


class ScopeRule(StrEnum):
    """Whether identifiers carry a scope, as in `wechat.openid:<appid>`."""

    NONE = "none"
    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A kind of identifier. ``max_per_customer`` 0 allows any number, per scope.

    One that is ``entity_only`` has addresses of staff, stores, and chat groups, and names no customer. ``lifetime`` is
    how many microseconds an identifier leads to its customer after it was last seen; 0: for ever.
    """

    namespace_id: str
    display_name: str = ""
    scope_rule: ScopeRule = ScopeRule.NONE
    priority: int = 0
    max_per_customer: int = 0
    strength: Strength = Strength.WEAK
    normal_form: NormalForm = NormalForm.TEXT
    default_region: str = ""
    blocked_values: tuple[str, ...] = ()
    blocked_patterns: tuple[str, ...] = ()
    address: bool = False
    entity_only: bool = False
    lifetime: int = 0


class AttributeType(StrEnum):
    """The type of an attribute's values."""

    STRING = "string"
    INT = "int"
    DOUBLE = "double"
    BOOL = "bool"
    TIMESTAMP = "timestamp"
    LIST = "list"
    DATE = "date"


class MergePolicy(StrEnum):
    """Which of several values of an attribute is in force."""

    LATEST = "latest"
    EARLIEST = "earliest"
    MAX = "max"
    MIN = "min"
    SUM = "sum"
    SURVIVOR = "survivor"
    TRUSTED = "trusted"


class Derivation(StrEnum):
    """How a value is derived from a personal one."""

    MONTH_DAY = "month_day"
    AGE_BAND = "age_band"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class DerivedAttribute:
    """What travels under a name in the place of a personal attribute."""

    name: str
    derivation: Derivation


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDefinition:
    """An attribute that customers can have; a personal one stays off the change feed.

    ``allowed_values`` are those there are, of a list its texts; empty: all of the type.
    """

    name: str
    type: AttributeType
    display_name: str = ""
    personal: bool = False
    merge_policy: MergePolicy = MergePolicy.LATEST
    trusted_sources: tuple[str, ...] = ()
    allowed_values: tuple[str | int, ...] = ()
    derived: tuple[DerivedAttribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagGroup:
    """The rules of the tags `<group_id>=<name>`.

    ``parents`` has, by name, the name of the tag above; ``lifetime`` is in microseconds, None for ever.
    """

    group_id: str
    display_name: str = ""
    exclusive: bool = False
    closed: bool = False
    names: tuple[str, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    lifetime: int | None = None


class DefinitionKind(StrEnum):
    """What is defined."""

    NAMESPACE = "namespace"
    ATTRIBUTE = "attribute"
    TAG_GROUP = "tag_group"


Definition = Namespace | AttributeDefinition | TagGroup

D = TypeVar("D", Namespace, AttributeDefinition, TagGroup)


@dataclass(frozen=True, slots=True)
class Defined(Generic[D]):
    """A definition as it is stored. Version 0 is one that is built in and was never changed."""

    definition: D
    version: int = 0
    created: int | None = None
    updated: int | None = None


class Key(NamedTuple):
    """An identifier in normal form. ``namespace`` includes the scope; ``lookup`` stands for all of it.

    ``limit`` is how many of its namespace one customer may have (0: any number). ``protected`` marks strong
    single namespaces. ``lifetime`` is the namespace's, in microseconds (0: for ever).
    """

    lookup: str
    namespace: str
    value: str
    priority: int
    limit: int
    protected: bool
    address: bool
    lifetime: int = 0


class Decision(StrEnum):
    """What a person decided."""

    GRANTED = "granted"
    DENIED = "denied"


class Consent(NamedTuple):
    """One decision for a purpose, by a channel (empty: all), for a brand (empty: all)."""

    purpose: str
    channel: str
    brand: str
    decision: Decision
    time: int
    source: str
    proof: str

    @property
    def subject(self) -> tuple[str, str, str]:
        """What the decision is about."""
        return self[:3]

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What tells it from others of its time."""
        return (*self.subject, self.source, self.decision.value)


class Held(NamedTuple):
    """A value with its origin: the system it came from and the time at which it became true."""

    value: Scalar
    time: int
    source: str


class TagMark(NamedTuple):
    """Whether a tag is on a customer, since when, and by whom: removals are remembered too.

    One that ``expires`` was put on until then; it is no longer ``present`` once its end has been announced.
    """

    present: bool
    time: int
    source: str
    expires: int | None = None

    @property
    def was_put_on(self) -> bool:
        """Whether it was put on, be it that it has ended since, and not taken off."""
        return self.present or self.expires is not None

    @property
    def changed(self) -> int:
        """When it came to be as it is."""
        return self.time if self.present or self.expires is None else self.expires

    def is_on(self, now: int) -> bool:
        """Whether the tag is on at an instant."""
        return self.present and (self.expires is None or self.expires > now)


class Profile(NamedTuple):
    """What one fact says of a customer besides whom it is about; ``expires`` has when tags end that do."""

    attributes: Mapping[str, Scalar] = MappingProxyType({})
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    expires: Mapping[str, int] = MappingProxyType({})
    consents: tuple[Consent, ...] = ()


class Occurrence(NamedTuple):
    """What makes a fact an event.

    ``body`` is the serialised announcement (EventRecorded without the original customer id). ``full_body``
    has the properties that may not be announced as well; it is the same object when there are none. ``code`` is the
    source code that it carries, empty when it carries none.
    """

    event_id: str
    name: str
    body: bytes
    full_body: bytes
    code: str = ""


class Fact(NamedTuple):
    """One item of a batch: whom it names, and what it says of them.

    ``keys`` come by falling priority, each once. ``customer_id`` 0 and no ``referred``: the keys alone name the
    customer, who is new when none of them is known. ``referred`` names a customer who must be known. ``returning``:
    a person who was erased is known again by own will.
    """

    keys: tuple[Key, ...]
    customer_id: int
    source: str
    time: int
    occurrence: Occurrence | None = None
    profile: Profile | None = None
    referred: Key | None = None
    returning: bool = False


class Outcome(NamedTuple):
    """What became of one fact; ``merged`` is how many customers it merged away."""

    customer_id: int
    created: bool = False
    duplicate: bool = False
    changed: bool = False
    merged: int = 0
    conflict_id: str = ""


class ConflictReason(StrEnum):
    """What forbade a merge."""

    STRONG_IDENTIFIER = "strong_identifier"
    CARDINALITY = "cardinality"
    NEVER_MERGE = "never_merge"


class ConflictState(StrEnum):
    """Where a conflict stands."""

    OPEN = "open"
    MERGED = "merged"
    KEPT_APART = "kept_apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Identifiers that came together and cannot belong to one customer."""

    conflict_id: str
    state: ConflictState
    reason: ConflictReason
    namespace: str
    customer_ids: tuple[int, ...]
    identifiers: tuple[tuple[str, str], ...]
    source: str
    event_id: str
    created: int
    resolved: int | None = None
    note: str = ""


class Link(NamedTuple):
    """An identifier that leads to a customer, with the customer id under which it arrived.

    It leads there until it ``expires``, None: for ever. ``invalid_since`` is when it was found to be a dead address,
    and ``invalid_channel`` where.
    """

    lookup: str
    namespace: str
    value: str
    original_id: int
    source: str
    time: int
    expires: int | None = None
    invalid_since: int | None = None
    invalid_channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One person, as a projection over everything that is linked to them."""

    customer_id: int
    first_seen: int
    created: int
    position: int
    alias_ids: tuple[int, ...] = ()
    links: tuple[Link, ...] = ()
    attributes: Mapping[str, Held] = field(default_factory=dict)
    tags: Mapping[str, TagMark] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it is stored; ``body`` is the full EventRecorded, ``identifiers`` by falling priority."""

    source: str
    event_id: str
    time: int
    received: int
    original_id: int
    identifiers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One customer that was merged into another."""

    merge_id: str
    survivor_id: int
    merged_id: int
    source: str
    event_id: str
    reason: str
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRecord:
    """A customer that was taken apart: ``separated`` has the original ids that left, by the customers that left."""

    split_id: str
    remaining_id: int
    separated: tuple[tuple[int, tuple[int, ...]], ...]
    source: str
    reason: str
    time: int

    @property
    def original_ids(self) -> set[int]:
        """The id that stayed, and all that left."""
        return {self.remaining_id, *(original for _, ids in self.separated for original in ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What one service says of an erasure; ``done`` is None until it has erased its part."""

    service: str
    rows: int
    done: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The removal of one person from all services; ``dropped`` counts what arrived for them since."""

    erasure_id: str
    customer_id: int
    created: int
    done: int | None
    dropped: int
    reports: tuple[ErasureReport, ...]
