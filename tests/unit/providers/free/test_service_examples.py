"""Each service can be imported alone, and the examples in the docstrings run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

import webchat.providers
from tests.unit.providers.free.services import SERVICES, Wire
from webchat.providers.free.base import FreeService


@pytest.mark.parametrize("name", [service.__name__ for service in SERVICES])
def test_a_service_alone_imports_neither_reflex_nor_a_database(name: str) -> None:
    script = f"""
import sys
from webchat.providers import {name}
heavy = {{"reflex", "sqlmodel", "sqlalchemy", "alembic", "starlette", "pydantic"}} & sys.modules.keys()
sys.exit(f"imported {{heavy}}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_of_each_service_runs(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(service, f"Hello from {service.__name__}")
    plain = FreeService.__init__

    def with_transport(self: FreeService, *args: Any, **options: Any) -> None:
        plain(self, *args, **{"transport": wire.transport, **options})

    monkeypatch.setattr(FreeService, "__init__", with_transport)
    assert run_examples(service) > 0


def public_classes() -> list[Any]:
    values = (getattr(webchat.providers, name) for name in webchat.providers.__all__)
    return [value for value in values if inspect.isclass(value)]


@pytest.mark.parametrize("kind", [kind for kind in public_classes() if kind not in SERVICES])
def test_every_other_public_class_has_an_example_that_runs(kind: Any) -> None:
    assert run_examples(kind) > 0


@pytest.mark.parametrize(
    "name", ["signing", "prompt", "nonces", "held_start", "whole_json", "free_gpt", "aichat_free"]
)
def test_the_examples_of_the_modules_run(name: str) -> None:
    module = importlib.import_module(f"webchat.providers.free.{name}")
    functions = [value for value in vars(module).values() if inspect.isfunction(value)]
    assert sum(run_examples(function) for function in functions if function.__module__ == module.__name__)


def run_examples(thing: Any) -> int:
    """Run the examples in a docstring; return how many there are."""
    globs = dict(vars(inspect.getmodule(thing)))
    runner = doctest.DocTestRunner()
    test = doctest.DocTestParser().get_doctest(thing.__doc__ or "", globs, thing.__name__, None, 0)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    return len(test.examples)
