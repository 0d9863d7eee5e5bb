"""
Behaviours, metrics, log events, and refusals of the daemon.
"""

from collections.abc import Iterable, Iterator

from prometheus_client.metrics_core import Metric
from twisted.internet.task import Clock

from echo.server.behaviour.parameters import PARAMETERS
from echo.server.conversation.factory import EchoFactory
from echo.server.daemonsettings import DaemonSettings
from echo.server.hooks.hookrules import REFUSED
from echo.server.http import refusals
from echo.server.http.responses import MALFORMED, MALFORMED_FIRST_LINE
from echo.server.logevents import EVENTS, FIELDS
from echo.server.metrics.collector import makeRegistry
from reference.markup import escaped, literal, sentence, table, terms
from reference.options import linked


def behaviours() -> Iterator[str]:
    """
    @return: A row for each parameter. Its values are those of the error message for an
        invalid one.
    """
    heads = ("Example", "What the daemon does", "Valid values")
    rows = (
        (
            literal(f"{name}={parameter.example}"),
            parameter.meaning,  # it is reStructuredText
            sentence(parameter.right),
        )
        for name, parameter in PARAMETERS.items()
    )
    return table(heads, rows)


def metrics(prefix: str) -> Iterator[str]:
    """
    @param prefix: The first word of the names: C{echo}, C{process} or C{python}.
    """
    factory = EchoFactory(Clock(), DaemonSettings())
    families = [
        each
        for each in makeRegistry(factory).collect()
        if each.name.startswith(f"{prefix}_")
    ]
    if not families:
        raise ValueError(f"there are no metrics {prefix}_")
    rows = (
        (
            ", ".join(map(literal, _names(family))),
            family.type,
            ", ".join(map(literal, _labels(family))),
            sentence(family.documentation),
        )
        for family in families
    )
    return table(("Name", "Type", "Labels", "Meaning"), rows)


def events() -> Iterator[str]:
    rows = (
        (
            literal(name),
            linked(event.meaning, "twistd echo"),
            ", ".join(map(literal, event.fields)),
        )
        for name, event in EVENTS.items()
    )
    return table(("Event", "When", "Fields"), rows)


def fields() -> Iterator[str]:
    return terms(FIELDS)


def reasons() -> Iterator[str]:
    rows = (
        (literal(reason), linked(text, "twistd echo"))
        for reason, text in refusals.REASONS.items()
    )
    return table(("Reason", "Meaning"), rows)


def hooks() -> Iterator[str]:
    """
    @return: Autobahn's hooks that a service must not override.
    """
    rows = (
        (literal(hook), linked(instead, "twistd echo"))
        for hook, instead in REFUSED.items()
    )
    return table(("Hook", "Instead"), rows)


def socketResponses() -> Iterator[str]:
    """
    @return: The refusals of C{/socket} with a fixed text.
    """
    fixed = [
        each
        for each in vars(refusals).values()
        if isinstance(each, refusals.UpgradeRefusal)
    ]
    rows = (
        (str(each.response.status), literal(each.reason), escaped(each.text))
        for each in sorted(fixed, key=lambda each: each.response.status)
    )
    return table(("Status", "Reason", "Text of the response"), rows)


def malformedResponses() -> Iterator[str]:
    texts = [(400, MALFORMED_FIRST_LINE), *MALFORMED.items()]
    rows = ((str(status), escaped(text)) for status, text in texts)
    return table(("Status", "Text of the response"), rows)


def _names(family: Metric) -> Iterable[str]:
    """
    @return: The names of the samples.
    """
    names = (each.name for each in family.samples)
    return dict.fromkeys(each for each in names if not each.endswith("_created"))


def _labels(family: Metric) -> Iterable[str]:
    return dict.fromkeys(name for each in family.samples for name in each.labels)
