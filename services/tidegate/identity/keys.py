"""From identifiers as callers give them to keys: validated, in normal form, with their namespace's rules."""

from collections.abc import Callable, Mapping, Sequence

from tidegate.identity.model import Key, Namespace, Strength
from tidegate.identity.normalise import UnusableIdentifier, check_scope, normal_value, split_scope

_REMEMBERED = 100_000

Lookup = Callable[[str, str], str]
"""(namespace with scope, value in normal form) → what the identifier is found by."""


class KeyMaker:
    """Makes keys by one state of the namespaces, and remembers those it made last: normal forms cost."""

    def __init__(self, namespaces: Mapping[str, Namespace], lookup: Lookup) -> None:
        self._namespaces = namespaces
        self._lookup = lookup
        self._made: dict[tuple[str, str], Key] = {}
        self._by_full_name: dict[str, Namespace | None] = {}
        self._usable: dict[str, tuple[Namespace, bool]] = {}

    def key(self, namespace: str, value: str) -> Key:
        """The key of one identifier. Raises UnusableIdentifier, or UnknownNamespace."""
        made = self._made.get((namespace, value))
        if made is None:
            made = self._make(namespace, value)
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made[namespace, value] = made
        return made

    def priority(self, namespace: str) -> int:
        """The priority of a namespace, scope included."""
        rules = self._rules(namespace)
        return rules.priority if rules else 0

    def is_address(self, namespace: str) -> bool:
        """Whether messages can be sent to identifiers of a namespace, scope included."""
        rules = self._rules(namespace)
        return rules is not None and rules.address

    def limit(self, namespace: str) -> int:
        """How many identifiers of a namespace, scope included, a customer may have; 0: any number."""
        rules = self._rules(namespace)
        return rules.max_per_customer if rules else 0

    def protected(self, namespace: str) -> bool:
        """Whether a namespace, scope included, is strong and single."""
        rules = self._rules(namespace)
        return rules is not None and _protected(rules)

    def limited(self) -> list[str]:
        """The namespaces, without scopes, that limit how many identifiers a customer may have."""
        return [rules.namespace_id for rules in self._namespaces.values() if rules.max_per_customer]

    def _rules(self, full: str) -> Namespace | None:
        """The rules of a stored namespace, scope included."""
        if full not in self._by_full_name:
            self._by_full_name[full] = self._namespaces.get(split_scope(full)[0])
        return self._by_full_name[full]

    def _make(self, full: str, value: str) -> Key:
        rules, protected = self._usable.get(full) or self._checked(full)
        normal = normal_value(rules, value)
        return Key(
            self._lookup(full, normal),
            full,
            normal,
            rules.priority,
            rules.max_per_customer,
            protected,
            rules.address,
            rules.lifetime,
        )

    def _checked(self, full: str) -> tuple[Namespace, bool]:
        """The rules of a namespace, scope included, in which customers can have identifiers; whether it protects."""
        rules = self._namespaces.get(split_scope(full)[0])
        if rules is None:
            raise UnknownNamespace(full)
        if rules.entity_only:
            raise UnusableIdentifier(
                "is for addresses of staff, stores, and chat groups; leave the identifier out", field="namespace"
            )
        check_scope(rules, full)
        if len(self._usable) >= _REMEMBERED:
            self._usable.clear()
        usable = self._usable[full] = rules, _protected(rules)
        return usable


class UnknownNamespace(UnusableIdentifier):
    """There is no such namespace."""

    def __init__(self, namespace: str) -> None:
        super().__init__(f"there is no namespace `{split_scope(namespace)[0]}`; create it first", field="namespace")


def _protected(rules: Namespace) -> bool:
    return rules.strength is Strength.STRONG and rules.max_per_customer == 1


def ordered(keys: Sequence[Key]) -> tuple[Key, ...]:
    """Each key once, by falling priority of its namespace, then in the caller's order."""
    if len(keys) == 1:
        return (keys[0],)
    once = {key.lookup: key for key in keys}
    return tuple(sorted(once.values(), key=lambda key: -key.priority))
