from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from webchat.messages import Role
from webchat.services.usage import Price
from webchat.state.message_rows import compared_row, fact_rows, message_row
from webchat.storage.queries.branches import BranchMessage
from webchat.storage.tables import Generation, Message
from webchat.words.language import speaking

BEGAN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def answer(model: str = "Auto:auto") -> Message:
    return Message(id="a", owner_id="o", conversation_id="c", role=Role.ASSISTANT, model=model)


def generation(**changes: Any) -> Generation:
    values: dict[str, Any] = {
        "message_id": "a",
        "conversation_id": "c",
        "owner_id": "o",
        "provider": "Rich",
        "model": "large:8b",
        "started_at": BEGAN,
        "first_text_at": BEGAN + timedelta(seconds=0.5),
        "finished_at": BEGAN + timedelta(seconds=4.5),
        "input_tokens": 1000,
        "output_tokens": 400,
    }
    return Generation(**(values | changes))


def facts(shown: Generation | None, prices: dict[str, Price] | None = None) -> dict[str, str]:
    rows = fact_rows(BranchMessage(answer("Rich:large:8b"), shown), prices or {}, "Europe/Berlin")
    return {row.name: row.value for row in rows}


def test_all_that_is_known_about_an_answer_is_listed() -> None:
    assert facts(generation(), {"Rich:large:8b": Price(input=2.0, output=10.0)}) == {
        "Provider": "Rich",
        "Model": "large:8b",
        "Began": "21 November 2026, 10:30",
        "Time": "4.5 s, first text after 500 ms",
        "Speed": "100 tokens a second",
        "Tokens": "1,000 in · 400 out",
        "Cost": "0.0060",
    }


def test_facts_are_in_the_language_and_the_time_zone_of_the_reader() -> None:
    with speaking("ru"):
        found = facts(generation(), {"Rich:large:8b": Price(input=2.0, output=10.0)})
        answered = BranchMessage(answer("Rich:large:8b"), generation())
        compared = compared_row(answered, {"Rich:large:8b": Price(input=2.0, output=10.0)})

    assert found["Начало"] == "21 ноября 2026, 10:30"
    assert {fact.name: fact.value.replace("\N{NO-BREAK SPACE}", " ") for fact in compared.facts} == {
        "Время": "4,5 с, начало текста через 500 мс",
        "Скорость": "100 ток./с",
        "Токены": "1 000 на входе · 400 на выходе",
        "Стоимость": "0,0060",
    }


def test_what_is_not_known_is_left_out() -> None:
    unknown = generation(first_text_at=None, finished_at=None, input_tokens=None, output_tokens=None)

    assert facts(unknown, {"Rich:large:8b": Price(1, 1)}).keys() == {"Provider", "Model", "Began"}
    assert facts(None) == {"Provider": "Rich", "Model": "large:8b"}


def test_the_name_of_a_model_has_no_provider() -> None:
    assert message_row(BranchMessage(answer("Rich:large:8b"), None)).model_name == "large:8b"
    assert message_row(BranchMessage(answer("imported"), None)).model_name == "imported"
