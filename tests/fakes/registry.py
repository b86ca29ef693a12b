"""An engine that knows as many names as StackQL's registries do: those of the sample cloud, and others beside them."""

from __future__ import annotations

import random
from functools import cached_property

from fakes.engine import ScriptedEngine

from inventory_runner.contract import Column, Method
from inventory_runner.engines.sample_cloud.cloud import SampleCloud

RESOURCES, COLUMNS = 5_000, 20
# of the others, so many stand in each of the sample cloud's services, as more resources do in the real ones
BESIDE = 15
PER_SERVICE = 40
NOUNS = """
access account alarm alias application archive backup cluster connection deployment device domain endpoint
event export fleet gateway group image interface job key layer link map model monitor node order package
pipeline plan pool profile queue quota record replica report request route rule schedule secret session share
site snapshot stage stream table target task template token trail type unit usage user version view volume
worker zone
""".split()  # noqa: SIM905


class RegistryEngine(ScriptedEngine):
    """Metadata alone: `resources` of at least RESOURCES, COLUMNS columns each where they are made up."""

    @cached_property
    def _names(self) -> dict[str, dict[str, list[str]]]:
        """Provider → service → resources; the same every time."""
        dice, cloud = random.Random(11), SampleCloud()
        names = {
            provider: {
                service: [*cloud.resources(provider, service), *_make_names(dice, BESIDE)]
                for service in cloud.services(provider)
            }
            for provider in cloud.providers()
        }
        number = 0
        while sum(len(found) for services in names.values() for found in services.values()) < RESOURCES:
            services = names.setdefault(f"{NOUNS[number % 20]}cloud", {})
            services[f"{dice.choice(NOUNS)}_{number}"] = _make_names(dice, PER_SERVICE)
            number += 1
        return {
            provider: {service: sorted(set(found)) for service, found in sorted(services.items())}
            for provider, services in sorted(names.items())
        }

    def providers(self) -> list[str]:
        return list(self._names)

    def services(self, provider: str) -> list[str]:
        return list(self._names.get(provider, {}))

    def resources(self, provider: str, service: str) -> list[str]:
        return self._names.get(provider, {}).get(service, [])

    def describe(self, resource: str) -> list[Column]:
        if self._is_real(resource):
            return SampleCloud().describe(resource)
        dice = random.Random(resource)
        return [
            Column(name, dice.choice(["string", "integer", "object"])) for name in _make_names(dice, COLUMNS)
        ]

    def methods(self, resource: str) -> list[Method]:
        return (
            SampleCloud().methods(resource)
            if self._is_real(resource)
            else [Method("list", "SELECT", ("region",))]
        )

    @staticmethod
    def _is_real(resource: str) -> bool:
        provider, service, name = resource.split(".")
        cloud = SampleCloud()
        return provider in cloud.providers() and name in cloud.resources(provider, service)


def _make_names(dice: random.Random, number: int) -> list[str]:
    """So many different names of two words."""
    found: dict[str, None] = {}
    while len(found) < number:
        found[f"{dice.choice(NOUNS)}_{dice.choice(NOUNS)}s"] = None
    return list(found)
