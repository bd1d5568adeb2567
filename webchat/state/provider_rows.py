"""How a configured provider becomes a row of the settings page, and its form what the service takes."""

from __future__ import annotations

from datetime import UTC, datetime

from webchat.services.errors import ProviderInvalid
from webchat.services.provider_details import Details
from webchat.services.provider_health import Standing
from webchat.services.providers import Configured
from webchat.state.events import entry
from webchat.state.rows import ProviderRow

DEADLINES = ("connect", "first_text", "idle", "total")

EMPTY = ProviderRow(
    id="",
    name="",
    kind="OpenAICompatible",
    base_url="",
    has_secret=False,
    has_proxy=False,
    enabled=True,
    built_in=False,
    origin="person",
    models=0,
)
"""What the form for a new provider begins with."""


def provider_row(item: Configured, standing: Standing | None) -> ProviderRow:
    """The row of a provider, with how it has done."""
    row = ProviderRow(
        id=item.id,
        name=item.name,
        kind=item.kind,
        base_url=item.base_url,
        has_secret=item.has_secret,
        has_proxy=item.has_proxy,
        enabled=item.enabled,
        built_in=item.built_in,
        origin=item.origin,
        models=item.models,
        usual_url=item.usual_url,
    )
    for name in DEADLINES:
        if name in item.deadlines:
            setattr(row, name, f"{item.deadlines[name]:g}")
    row.context = str(item.context or "")
    if standing is not None and standing.attempts:
        row.condition = standing.condition.value
        row.standing = _condition(standing)
        row.measured = _measured(standing)
        row.last_error = _last_error(standing)
    return row


def read_details(form: object) -> Details:
    """What a person entered into the form.

    Raises:
        ProviderInvalid: a deadline is no number.
    """
    deadlines = {}
    for name in DEADLINES:
        if typed := str(entry(form, name) or "").strip().replace(",", "."):
            try:
                deadlines[name] = float(typed)
            except ValueError:
                raise ProviderInvalid("A deadline is a number of seconds greater than 0.") from None
    context = str(entry(form, "context") or "").strip()
    if context and not context.isdecimal():
        raise ProviderInvalid("The context of a model is a number of tokens from 512 on.")
    proxy = str(entry(form, "proxy") or "")
    return Details(
        name=entry(form, "name"),
        base_url=entry(form, "base_url"),
        secret=entry(form, "secret") or None,
        proxy="" if entry(form, "forget_proxy") else proxy or None,
        deadlines=deadlines,
        context=int(context) if context else None,
    )


def _condition(standing: Standing) -> str:
    if standing.rests_for:
        until = _duration(standing.rests_for)
        return f"Resting for another {until}"
    return standing.condition.value.capitalize()


def _measured(standing: Standing) -> str:
    parts = []
    if standing.share is not None:
        parts.append(f"{standing.share:.0%} of the last {standing.attempts} answered")
    if standing.first_text is not None:
        parts.append(f"first text after {_seconds(standing.first_text)}")
    if standing.last_success is not None:
        parts.append(f"last success {_ago(standing.last_success)}")
    return " · ".join(parts)


def _last_error(standing: Standing) -> str:
    if not standing.last_error or standing.last_error_at is None:
        return ""
    return f"Last failure {_ago(standing.last_error_at)}: {standing.last_error}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _ago(moment: datetime) -> str:
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return "just now" if seconds < 60 else f"{_duration(seconds)} ago"


def _duration(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    count = max(1, round(seconds))
    return f"{count} second{'' if count == 1 else 's'}"
