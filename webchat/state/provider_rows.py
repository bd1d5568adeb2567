"""Converts providers to rows of the settings page, and the form to input for the service."""

from __future__ import annotations

from datetime import UTC, datetime

from webchat.services.catalogue.configured import Configured
from webchat.services.catalogue.connection_test import TestResult
from webchat.services.catalogue.details import Details, bad_context
from webchat.services.catalogue.health import HealthReport
from webchat.services.catalogue.offered_models import ProviderModel
from webchat.services.errors import ProviderInvalid
from webchat.services.parameters import FIELDS
from webchat.state.events import entry
from webchat.state.rows import ModelSettingRow, ProviderRow
from webchat.words.errors import message, shown
from webchat.words.numbers import duration, measured
from webchat.words.text import gettext_noop, ngettext, t

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
"""The initial values of the form for a new provider."""


_CONDITIONS = {
    "unknown": gettext_noop("Unknown"),
    "healthy": gettext_noop("Healthy"),
    "failing": gettext_noop("Failing"),
    "resting": gettext_noop("Resting"),
}


def provider_row(item: Configured, standing: HealthReport | None) -> ProviderRow:
    """The row of a provider, with its health."""
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
        hidden_models=item.hidden,
        usual_url=item.usual_url,
    )
    for name in DEADLINES:
        if name in item.deadlines:
            setattr(row, name, f"{item.deadlines[name]:g}")
    row.context = str(item.context or "")
    row.parameters = dict(item.parameters)
    if standing is not None and standing.attempts:
        row.condition = standing.condition.value
        row.standing = _condition(standing)
        row.measured = _measured(standing)
        row.last_error = _last_error(standing)
    return row


def read_details(form: object) -> Details:
    """Read what the user entered into the form.

    Raises:
        ProviderInvalid: a timeout or the context is not a number.
    """
    deadlines = {}
    for name in DEADLINES:
        if typed := str(entry(form, name) or "").strip().replace(",", "."):
            try:
                deadlines[name] = float(typed)
            except ValueError:
                raise ProviderInvalid("timeout", "deadlines") from None
    proxy = str(entry(form, "proxy") or "")
    return Details(
        name=entry(form, "name"),
        base_url=entry(form, "base_url"),
        secret=entry(form, "secret") or None,
        proxy="" if entry(form, "forget_proxy") else proxy or None,
        deadlines=deadlines,
        context=_context(entry(form, "context")),
        forget_secret=bool(entry(form, "forget_secret")),
        parameters={name: entry(form, name) for name in FIELDS if entry(form, name) is not None},
    )


def model_row(model: ProviderModel) -> ModelSettingRow:
    """The row of one model, with what is known about it as text."""
    known = []
    if model.added:
        known.append(t("added by you"))
    if not model.for_chat:
        known.append(t("not for chat"))
    if model.context is not None:
        known.append(ngettext("{count} token", "{count} tokens", model.context))
    if model.sees:
        known.append(t("sees pictures"))
    if model.reasons:
        known.append(t("reasons"))
    if model.loaded:
        known.append(t("loaded"))
    return ModelSettingRow(
        name=model.name,
        shown=model.shown,
        added=model.added,
        known=" · ".join(known),
        for_members=model.for_members,
    )


def result_text(result: TestResult) -> str:
    """The result of a provider's test, for the person who ran it."""
    if result.error is not None:
        return shown(result.error)
    if result.model:
        return t("{model} answered in {time}.", model=result.model, time=measured(result.seconds))
    return ngettext(
        "{provider} responds and has {count} model. None of them is loaded, so none was tested.",
        "{provider} responds and has {count} models. None of them is loaded, so none was tested.",
        result.models or 0,
        provider=result.provider,
    )


def _context(typed: object) -> int | None:
    """The number of tokens entered; None for an empty field.

    Raises:
        ProviderInvalid: it is not a number, or has more digits than any model needs.
    """
    digits = str(typed or "").strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 20):
        raise bad_context()
    return int(digits)


def _condition(standing: HealthReport) -> str:
    if standing.open_for:
        return t("Paused for {duration}", duration=duration(standing.open_for))
    return t(_CONDITIONS[standing.condition.value])


def _measured(standing: HealthReport) -> str:
    parts = []
    if standing.share is not None:
        parts.append(
            ngettext(
                "{share:.0%} success in the last request",
                "{share:.0%} success in the last {count} requests",
                standing.attempts,
                share=standing.share,
            )
        )
    if standing.first_text is not None:
        parts.append(t("first text after {time}", time=measured(standing.first_text)))
    if standing.last_success is not None:
        parts.append(t("last success {ago}", ago=_ago(standing.last_success)))
    return " · ".join(parts)


def _last_error(standing: HealthReport) -> str:
    failed = standing.last_failure
    if failed is None or failed.error_code is None or failed.ended_at is None:
        return ""
    return t(
        "Last failure {ago}: {reason}",
        ago=_ago(failed.ended_at),
        reason=message(failed.error_code, failed.error_arguments or {}),
    )


def _ago(moment: datetime) -> str:
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return t("just now") if seconds < 60 else t("{duration} ago", duration=duration(seconds))
