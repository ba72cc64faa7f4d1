"""What carries templates: the manifests by which their variables are measured when they are saved."""

import sys
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from tidegate.channels import Manifest, Registry
from tidegate.delivery.store import accounts
from tidegate.delivery.templates.fitting import misfits
from tidegate.delivery.templates.model import ProviderTemplate, Template
from tidegate.delivery.templates.parameters import problems
from tidegate.runtime.errors import Violations


class Carriers:
    """Knows the adapters by which each channel is sent."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def check(self, connection: sa.Connection, template: Template) -> None:
        """Raises InvalidArgument naming every part that its channel can't carry."""
        found = Violations()
        for path, problem in misfits(template, self._manifests(connection, template)):
            found.add(f"template.{path}", problem)
        for provider in template.provider_templates:
            for index, problem in self._problems(connection, template, provider):
                found.add(f"template.contents[{index}].parts", problem)
        found.raise_if_any()

    def check_provider(self, connection: sa.Connection, template: Template, provider: ProviderTemplate) -> None:
        """Raises InvalidArgument where the template's contents do not fill the variables of the provider's own."""
        found = Violations()
        for index, problem in self._problems(connection, template, provider):
            found.add("provider_template.parameters", f"contents[{index}] {problem}")
        found.raise_if_any()

    def _problems(
        self, connection: sa.Connection, template: Template, provider: ProviderTemplate
    ) -> Iterator[tuple[int, str]]:
        account = accounts.get(connection, provider.account_id)
        if account is None:
            return
        channel = self._registry.channels.get(account.adapter)
        yield from problems(template, provider, account.channel, channel.manifest if channel else None)

    def _manifests(self, connection: sa.Connection, template: Template) -> Mapping[str, Sequence[Manifest]]:
        """By channel, those of its accounts' adapters: a message may take any of them."""
        used: dict[str, set[str]] = {content.channel: set() for content in template.contents}
        for account in accounts.find(connection):
            if account.channel in used and account.adapter in self._registry.channels:
                used[account.channel].add(account.adapter)
        return {channel: self._of(channel, sorted(adapters)) for channel, adapters in used.items()}

    def _of(self, channel: str, adapters: Sequence[str]) -> Sequence[Manifest]:
        """Before a channel has an account, that of the most generous adapter made for it, if there is one."""
        if adapters:
            return [self._registry.channels[name].manifest for name in adapters]
        installed = (one.manifest for one in self._registry.serving(channel) if one.manifest.kinds)
        return sorted(installed, key=_generosity)[-1:]


def _generosity(manifest: Manifest) -> tuple[bool, int]:
    longest = manifest.max_var_len
    return manifest.url_in_vars, sys.maxsize if longest is None else longest
