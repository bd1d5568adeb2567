"""Pages name the typefaces that the server has; files that people download name none."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest

from tests.unit.rendering.reading import ADDRESS, DAY, answer, question, read, snapshot, words
from webchat.rendering import exported_file, typefaces
from webchat.rendering.account_pages import setup_page, sign_in_page
from webchat.rendering.page import download_page, not_found_page, passphrase_page, share_page

TALK = snapshot(question("a"), answer("b"))
FONT = "/home/chat/assets/onest-latin-wght-normal-Dun_Rd-l.woff2"


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    typefaces.install(f"""@font-face {{ font-family: "Onest Variable"; src: url("{FONT}"); }}""")
    yield
    typefaces.install("")


def test_pages_name_the_typefaces_and_their_policy_allows_them() -> None:
    for page in (
        share_page(TALK, address=ADDRESS, may_continue=True),
        passphrase_page(address=ADDRESS),
        not_found_page(),
        sign_in_page(next_path="/", passkeys=True),
        setup_page(may_adopt=False, least=8),
    ):
        styles = [words(style) for style in read(page.html).iter("style")]
        allowed = " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
            for style in reversed(styles)
        )
        assert f'url("{FONT}")' in styles[0]
        assert f"; style-src {allowed}; font-src 'self'; img-src" in page.policy


def test_files_name_no_typefaces() -> None:
    beginning = exported_file.single("A talk", 2, DAY)
    for file in (download_page(TALK), beginning + exported_file.END):
        assert FONT not in file
        assert "font-src" not in file


def test_without_typefaces_a_page_has_one_style() -> None:
    typefaces.install("")
    page = not_found_page()

    assert len(list(read(page.html).iter("style"))) == 1
    assert "font-src" not in page.policy
