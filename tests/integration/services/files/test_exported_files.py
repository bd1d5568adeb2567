"""Files are part of exports and backups, and come back from those and from the exports of other apps."""

from __future__ import annotations

import base64
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from tests import documents
from tests.integration.services.files.test_files import PNG, contents
from tests.integration.services.files.test_sending import upload
from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from tests.unit.services.transfer.exports_of_others import (
    as_json,
    as_zip,
    chatgpt,
    node,
    open_webui,
    webui_message,
)
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.importer import Progress, run
from webchat.services.transfer.report import Report
from webchat.storage.archive import unpack, write_archive
from webchat.storage.blobs import files_beside


async def asked(world: World) -> str:
    world.scripts["Fake"] = saying("A cat.")
    files = [await upload(world), await upload(world, b"It is a cat.", "notes.txt")]
    await world.services.files.limit(world.owner, files[1], 2)
    return (await world.asked("What is it?", files=files)).conversation_id


async def exported(world: World, format: ExportFormat) -> tuple[str, bytes]:
    download = await world.services.exports.export(world.owner, format)
    return download.name, b"".join([piece async for piece in download.pieces])


async def imported(world: World, data: bytes, owner: str) -> Report:
    path, progress = world.folder / "import", Progress()
    path.write_bytes(data)
    await run(world.database, owner, path, progress, world.services.files, write=True)
    return progress.report


async def found(world: World, owner: str, report: Report) -> list[tuple[Any, ...]]:
    """The files of the first message, and what is kept of its other parts."""
    (entry,) = report.entries
    opened = await world.services.conversations.open(owner, entry.conversation_id, 9)
    message = opened.window.items[0].message
    files = await world.services.files.of_message(owner, message.id)
    await world.services.files.wait_until_read(owner, [each.id for each in files], 60)
    return [(each.name, each.kind, each.cut) for each in files] + [(message.raw,)]


async def test_an_export_with_files_can_be_imported(world: World) -> None:
    await asked(world)
    name, data = await exported(world, ExportFormat.JSON)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        first, *others = archive.namelist()
        assert (first, len(others)) == ("conversations.json", 2)

    report = await imported(world, data, world.stranger)

    assert name.endswith(".zip")
    assert await found(world, world.stranger, report) == [
        ("cat.png", "picture", None),
        ("notes.txt", "document", 2),
        (None,),
    ]
    assert report.ignored_files == 0
    assert len(contents(world)) == 3  # two contents and the text of one
    again = await imported(world, data, world.stranger)
    assert [each.outcome for each in again.entries] == ["present"]


async def test_pages_have_the_pictures_and_markdown_the_names(world: World) -> None:
    await asked(world)
    _, page = await exported(world, ExportFormat.HTML)
    _, markdown = await exported(world, ExportFormat.MARKDOWN)

    assert f"data:image/png;base64,{base64.b64encode(PNG).decode()}" in page.decode()
    assert "notes.txt" in page.decode()
    with zipfile.ZipFile(BytesIO(markdown)) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    assert f"- cat.png ({len(PNG)} B)\n- notes.txt (12 B)\n" in text


async def test_attachments_of_chatgpt(world: World) -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}
    gone = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-9"}
    attachments = [{"id": "file_1", "name": "cat.png"}, {"id": "file-2", "name": "report.pdf"}]
    content = {"content_type": "multimodal_text", "parts": [picture, gone, "What is it?"]}
    question = node("q", "root", content=content, metadata={"attachments": attachments})
    data = as_zip(
        {
            "conversations.json": as_json([chatgpt(question, node("a", "q", "assistant", "A cat."))]),
            "file_1-abc.png": PNG,
            "files/file-2-report.pdf": documents.pdf("Report"),
        }
    )
    report = await imported(world, data, world.owner)

    assert await found(world, world.owner, report) == [
        ("cat.png", "picture", None),
        ("report.pdf", "document", None),
        ([gone],),
    ]
    assert report.entries[0].notes["unshown"] == 1


async def test_attachments_of_open_webui(world: World) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    document = {"type": "file", "name": "a.pdf", "file": {"data": {"content": "the text"}}}
    elsewhere = {"type": "image", "url": "/api/v1/files/1"}
    files = [{"type": "image", "url": url}, document, elsewhere]
    chat = open_webui(webui_message("q", None, "user", "What is it?", files=files))
    report = await imported(world, as_json([chat]), world.owner)

    assert await found(world, world.owner, report) == [
        ("picture", "picture", None),
        ("a.pdf.txt", "document", None),
        ([elsewhere],),
    ]


async def test_pictures_in_the_content_of_open_webui(world: World) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    elsewhere = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    picture = {"type": "image_url", "image_url": {"url": url}}
    content = [{"type": "text", "text": "What is it?"}, picture, elsewhere]
    report = await imported(
        world, as_json([open_webui(webui_message("q", None, "user", content))]), world.owner
    )

    assert await found(world, world.owner, report) == [("picture", "picture", None), ([elsewhere],)]


async def test_what_is_not_a_file_is_kept_as_it_was(world: World) -> None:
    bad = {"type": "image", "url": "data:image/png;base64," + base64.b64encode(b"MZ\0\0").decode()}
    chat = open_webui(webui_message("q", None, "user", "What is it?", files=[bad]))
    report = await imported(world, as_json([chat]), world.owner)

    assert await found(world, world.owner, report) == [([bad],)]
    assert contents(world) == []


async def test_a_backup_has_the_files(world: World, tmp_path: Path) -> None:
    await asked(world)
    before = {path.name: path.read_bytes() for path in contents(world)}
    target, folder = tmp_path / "backup.zip", tmp_path / "restored"
    folder.mkdir()
    write_archive(world.database.path, None, target)
    unpack(target, folder)

    restored = files_beside(folder / "webchat.db").folder
    assert {path.name: path.read_bytes() for path in restored.rglob("*") if path.is_file()} == before
