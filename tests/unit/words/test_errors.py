"""Every error has a message for each of its reasons, and every message is used."""

from __future__ import annotations

import ast
import inspect
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import webchat
from webchat.errors import as_argument
from webchat.providers.errors import ProviderError
from webchat.providers.errors import ServiceError as ServiceFailed
from webchat.words.errors import happened, message, shown
from webchat.words.hosting_errors import HOSTING_ERRORS
from webchat.words.language import speaking
from webchat.words.openid_errors import OPENID_ERRORS
from webchat.words.provider_errors import ADVICE, HAPPENED, INVALID_CONNECTION
from webchat.words.service_errors import SERVICE_ERRORS
from webchat.words.storage_errors import STORAGE_ERRORS

TABLES = [INVALID_CONNECTION, SERVICE_ERRORS, OPENID_ERRORS, STORAGE_ERRORS, HOSTING_ERRORS]
SENTENCES = {key: words for table in TABLES for key, words in table.items()}
BASES = {
    "WebchatError",
    "StorageError",
    "NotFound",
    "SecretError",
    "HostingError",
}
"""Classes that are never raised themselves."""


_HAS_SUBCLASS = re.compile(r"^\s*class \w+\(", re.MULTILINE)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def sources() -> list[ast.Module]:
    return [parsed(path) for path in paths()]


def paths() -> list[Path]:
    return list(Path(inspect.getfile(webchat)).parent.rglob("*.py"))


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """All statements below a node. There are a tenth as many as nodes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            if isinstance(child, ast.stmt):
                yield child
            yield from _statements(child)


def codes() -> dict[str, str]:
    """The code of each error class, its own or inherited, by the class's name. `ServiceError` has two."""
    parents: dict[str, str] = {}
    own: dict[str, str] = {}
    # Each process needs the codes to collect the tests, so only modules with subclasses are parsed.
    for tree in (parsed(path) for path in paths() if _HAS_SUBCLASS.search(path.read_text())):
        for node in _statements(tree):
            if isinstance(node, ast.ClassDef):
                names = [base.id for base in node.bases if isinstance(base, ast.Name)]
                parents[node.name] = names[0] if names else ""
                for statement in node.body:
                    if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "code":
                        own[node.name] = ast.literal_eval(statement.value)
    found = {}
    for name in parents:
        ancestor = name
        while ancestor in parents and ancestor not in own:
            ancestor = parents[ancestor]
        line = [name]
        while line[-1] in parents:
            line.append(parents[line[-1]])
        if "WebchatError" in line and ancestor in own:
            found[name] = own[ancestor]
    return found


CODES = codes()


@cache
def nodes() -> list[ast.Call | ast.Constant]:
    """Every call and constant in the sources."""
    return [
        node for tree in sources() for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Constant)
    ]


@cache
def reasons() -> set[str]:
    """Every text in the sources that could be a reason."""
    return {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_no_message_takes_the_place_of_another() -> None:
    codes = [{name.partition(".")[0] for name in table} for table in [HAPPENED, *TABLES]]
    assert sum(map(len, codes)) == len(set().union(*codes))


def test_every_error_has_a_code() -> None:
    names = {"AuthenticationFailed", "PromptTooLong", "DatabaseBusy", "PortTaken", "EventRefused", "NoModels"}
    assert names <= set(CODES)
    assert len(CODES) > 60


@pytest.mark.parametrize("name", sorted(set(CODES) - BASES - {"ServiceError"}))
def test_every_code_has_a_message(name: str) -> None:
    keys = [key for key in (*HAPPENED, *SENTENCES) if key.partition(".")[0] == CODES[name]]
    assert keys, f"{CODES[name]} has no message in webchat/words"


def test_every_message_belongs_to_an_error() -> None:
    codes, known = set(CODES.values()), reasons()

    def belongs(key: str) -> bool:
        code, _, reason = key.partition(".")
        return code in codes and (not reason or reason in known or set(reason.split("_")) <= known)

    keys = {*HAPPENED, *SENTENCES, *ADVICE} - {""}
    assert keys
    assert [key for key in sorted(keys) if not belongs(key)] == []


@pytest.mark.parametrize(
    "node", ["provider_invalid", "share_invalid", "title_invalid", "bad_configuration", "openid"]
)
def test_every_reason_given_has_a_message(node: str) -> None:
    names = {name for name, code in CODES.items() if code == node}
    calls = [
        call
        for call in nodes()
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names
    ]
    place = 1 if node == "bad_configuration" else 0
    given = {ast.literal_eval(c.args[place]) for c in calls if isinstance(c.args[place], ast.Constant)}
    assert given
    assert {f"{node}.{reason}" for reason in given} <= {*HAPPENED, *SENTENCES}


def test_every_message_names_its_arguments() -> None:
    def names_them(template: str) -> bool:
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
        return all(field.isidentifier() for field in fields)

    templates = [*HAPPENED.values(), *SENTENCES.values(), *ADVICE.values()]
    assert templates
    assert [template for template in templates if not names_them(template)] == []


def test_an_earlier_version_s_message_is_shown_unchanged() -> None:
    assert message("timeout", {"message": "It was slow."}) == "It was slow."
    assert message("unheard_of", {"message": "It was odd."}) == "It was odd."


def test_a_message_is_made_from_what_was_stored() -> None:
    error = ServiceFailed("Some Service", status=503, service_words="Overloaded", partial_text="Once")
    assert message(error.code, error.arguments) == shown(error) == str(error)


@pytest.mark.parametrize(
    ("words", "english", "russian"),
    [
        ("Overloaded", "“Overloaded”. This", "«Overloaded». Обычно"),
        ("It is overloaded.", "“It is overloaded”. This", "«It is overloaded». Обычно"),
        ("Overloaded! ", "“Overloaded!” This", "«Overloaded!» Обычно"),
        ("Overloaded?", "“Overloaded?” This", "«Overloaded?» Обычно"),
        ("Overloaded…", "“Overloaded…” This", "«Overloaded…» Обычно"),
        ("Overloaded...", "“Overloaded...” This", "«Overloaded...» Обычно"),
    ],
)
def test_a_sentence_that_quotes_a_service_ends_once(words: str, english: str, russian: str) -> None:
    error = ServiceFailed("Some Service", status=503)
    arguments = {**error.arguments, "service_words": words}

    assert english in message(error.code, arguments)
    with speaking("ru"):
        assert russian in message(error.code, arguments)


def test_an_error_can_be_an_argument_of_another() -> None:
    cause = as_argument(ServiceFailed("A", status=500))
    error = ProviderError("A", "unusable", cause=cause)
    assert shown(error).startswith("A had a server error (HTTP 500).")
    assert happened(error.code, error.arguments).startswith("A had a server error (HTTP 500).")


def test_a_missing_argument_costs_no_message() -> None:
    assert (
        message("timeout", {"provider": "A"})
        == "A did not answer in time. Try again, or choose another model."
    )
    assert message("model_unknown", {})
