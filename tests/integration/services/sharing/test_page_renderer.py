"""The process that makes pages: there while it is needed, given up when it must be, never two at once."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from webchat.messages import Role
from webchat.rendering import worker
from webchat.rendering.making import Order
from webchat.services.errors import PageNotMade
from webchat.services.sharing.page_renderer import PageRenderer
from webchat.snapshot import SharedMessage, Snapshot

PAGE = Order("page", "/share/abc")


def talk(*answers: str) -> str:
    messages = tuple(SharedMessage(Role.ASSISTANT, text, "m") for text in answers)
    return Snapshot("A talk", date(2026, 11, 21), messages).to_json()


@pytest_asyncio.fixture
async def renderer() -> AsyncIterator[PageRenderer]:
    made = PageRenderer()
    yield made
    await made.close()


async def test_everything_a_link_offers_is_made_by_one_process(renderer: PageRenderer) -> None:
    assert renderer.process_id is None
    made = {}
    processes: set[int | None] = set()
    for order in (PAGE, Order("html"), Order("md"), Order("png", title="A talk", messages=1)):
        made[order.kind] = gzip.decompress((await renderer.render(order, talk("**é**"))).gzip())
        processes.add(renderer.process_id)

    assert len(processes) == 1
    assert "<strong>é</strong>".encode() in made["page"]
    assert made["html"].startswith(b"<!doctype html>")
    assert "**é**".encode() in made["md"]
    assert made["png"].startswith(b"\x89PNG")


async def test_it_ends_when_there_is_nothing_to_do() -> None:
    renderer = PageRenderer(idle_seconds=0)
    await renderer.render(PAGE, talk("a"))
    process = psutil.Process(renderer.process_id)
    await asyncio.to_thread(process.wait, 30)

    assert renderer.process_id is None
    assert b"again" in gzip.decompress((await renderer.render(PAGE, talk("again"))).gzip())
    await renderer.close()


async def test_it_ends_with_the_server(renderer: PageRenderer) -> None:
    await renderer.render(PAGE, talk("a"))
    process = psutil.Process(renderer.process_id)
    await renderer.close()

    assert not process.is_running()


async def test_a_page_that_is_being_made_ends_with_the_server(tmp_path: Path) -> None:
    log = tmp_path / "log"
    renderer = PageRenderer(stand_in(log, "time.sleep(600)", "time.sleep(600)"))
    making = asyncio.create_task(renderer.render(PAGE, talk("a")))
    while not (log.exists() and log.read_text()):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.01)
    await renderer.close()

    with pytest.raises(PageNotMade):
        await making
    assert renderer.process_id is None
    assert log.read_text().split() == ["formatted"]


async def test_a_process_that_is_gone_is_replaced(renderer: PageRenderer) -> None:
    await renderer.render(PAGE, talk("a"))
    assert renderer.process_id is not None
    os.kill(renderer.process_id, signal.SIGKILL)

    assert b"plain or not" in gzip.decompress((await renderer.render(PAGE, talk("plain or not"))).gzip())


async def test_memory_is_limited(renderer: PageRenderer) -> None:
    await renderer.render(PAGE, talk("a"))
    assert renderer.process_id is not None
    allowed = psutil.Process(renderer.process_id).rlimit(psutil.RLIMIT_AS)

    assert allowed == (worker.MOST_MEMORY, worker.MOST_MEMORY)


LITTLE_MEMORY = """
import psutil
from webchat.rendering import worker
worker.MOST_MEMORY = psutil.Process().memory_info().vms + 12 * 1024 * 1024
worker.main()
"""


async def test_an_answer_that_needs_too_much_memory_is_plain(renderer: PageRenderer) -> None:
    """A table of 20,000 cells needs more than twice what is left here; what it says is there all the same."""
    table = "|a" * 1000 + "|\n" + "|-" * 1000 + "|\n" + ("|b" * 1000 + "|\n") * 20
    poor = PageRenderer((sys.executable, "-c", LITTLE_MEMORY))
    page = gzip.decompress((await poor.render(PAGE, talk(table, "**next**"))).gzip()).decode()
    rich_page = gzip.decompress((await renderer.render(PAGE, talk(table))).gzip()).decode()
    await poor.close()

    assert "too complex to format" in page
    assert page.count("|b") == 20_000
    assert "<strong>next</strong>" in page
    assert len(page) < 2 * len(table)
    assert rich_page.count("<td") == 20_000  # so it was the memory


SCRIPT = """
import json, sys, time
while line := sys.stdin.buffer.readline():
    head = json.loads(line)
    sys.stdin.buffer.read(head["bytes"])
    with open({log!r}, "a") as log:
        log.write("plain\\n" if head["plain"] else "formatted\\n")
    {formatted} if not head["plain"] else {plain}
    body = b"\\x03\\x00"
    print(json.dumps(dict(crc=0, size=0, bytes=2)), flush=True)
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()
"""


def stand_in(log: Path, formatted: str, plain: str = "None") -> tuple[str, ...]:
    """A process that notes what it is asked for and does something else instead."""
    return sys.executable, "-c", SCRIPT.format(log=str(log), formatted=formatted, plain=plain)


@pytest.mark.parametrize(
    "mishap",
    ["time.sleep(600)", "sys.exit(1)", "print('nonsense', flush=True)", "print('x' * 200_000, flush=True)"],
)
async def test_a_page_that_is_given_up_is_made_as_plain_text(tmp_path: Path, mishap: str) -> None:
    log = tmp_path / "log"
    renderer = PageRenderer(stand_in(log, mishap), seconds=2)
    made = await renderer.render(PAGE, talk("a"))
    await renderer.close()

    assert made.size == 0
    assert log.read_text().split() == ["formatted", "plain"]


async def test_where_even_plain_text_fails_the_reader_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    renderer = PageRenderer(stand_in(log, "sys.exit(1)", "sys.exit(1)"))

    with pytest.raises(PageNotMade):
        await renderer.render(PAGE, talk("a"))
    assert renderer.process_id is None


async def test_a_copy_that_cannot_be_read_is_no_page(renderer: PageRenderer) -> None:
    with pytest.raises(PageNotMade):
        await renderer.render(PAGE, "{}")
    await renderer.render(PAGE, talk("a"))  # the process is still there


async def test_no_more_than_a_few_pages_wait() -> None:
    renderer = PageRenderer(most_waiting=3)
    orders = (renderer.render(PAGE, talk(str(number))) for number in range(5))
    made = await asyncio.gather(*orders, return_exceptions=True)
    await renderer.close()

    assert [isinstance(each, PageNotMade) for each in made] == [False, False, False, True, True]


async def test_a_command_that_cannot_be_started_is_no_page() -> None:
    with pytest.raises(PageNotMade):
        await PageRenderer(["/nonexistent"]).render(PAGE, talk("a"))
