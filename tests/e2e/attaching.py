"""Attaching files as a person does: pasted, dragged, chosen."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, expect

PASTE = """async ([width, height, field = "composer"]) => {
    const canvas = new OffscreenCanvas(width, height);
    const drawing = canvas.getContext("2d");
    drawing.fillStyle = "teal";
    drawing.fillRect(0, 0, width, height);
    drawing.fillStyle = "orange";
    drawing.fillRect(0, 0, width / 2, height / 2);
    const jpeg = await canvas.convertToBlob({ type: "image/jpeg" });
    // As a camera writes it: turned by 90°, with words about its owner.
    const owner = new TextEncoder().encode("Somebody's camera");
    const turned = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
    const head = [0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
    const exif = [...head, ...turned, 0, 0, 0, 0, ...owner];
    const length = exif.length + 2;
    const segment = new Uint8Array([0xff, 0xe1, length >> 8, length & 255, ...exif]);
    const photo = new File([jpeg.slice(0, 2), segment, jpeg.slice(2)], "image.jpg", { type: "image/jpeg" });
    const clipboardData = new DataTransfer();
    clipboardData.items.add(photo);
    const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.querySelector(`[data-testid="${field}"]`).dispatchEvent(paste);
}"""
"""Pastes a photo that has to be turned upright."""
DRAG = """([type, files, field = "composer"]) => {
    const data = new DataTransfer();
    for (const [name, words] of files) data.items.add(new File([words], name));
    const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector(`[data-testid="${field}"]`).dispatchEvent(event);
    return event.defaultPrevented;
}"""


class Files:
    """The files of the composer and of the conversation."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.attached = page.get_by_test_id("attachment")
        self.target = page.get_by_test_id("drop-target")
        self.pictures = page.get_by_test_id("message-picture")
        self.documents = page.get_by_test_id("message-document")

    def status(self, name: str) -> Locator:
        """What the file of that name says of itself."""
        return self.one(name).get_by_test_id("attachment-status")

    def one(self, name: str) -> Locator:
        """The file of that name."""
        return self.attached.filter(has_text=name)

    async def choose(self, *files: tuple[str, str], chooser: str = "attach-file") -> None:
        """Choose text files."""
        payloads: list[Any] = [
            {"name": name, "mimeType": "text/plain", "buffer": words.encode()} for name, words in files
        ]
        await self.page.get_by_test_id(chooser).first.set_input_files(payloads)

    async def are_ready(self, count: int) -> None:
        """Wait until that many files are uploaded and read."""
        await expect(self.attached).to_have_count(count)
        await expect(self.page.locator('[data-testid="attachment"][data-state="ready"]')).to_have_count(count)
