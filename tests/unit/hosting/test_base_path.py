"""One build serves at the root and, without another build, under any path."""

from __future__ import annotations

import gzip
from pathlib import Path

from webchat.hosting.base_path import CLIENT, PLACEHOLDER, placed, take_out

PAGE = f'<script src="{PLACEHOLDER}/assets/a.js"></script><script>context = "{PLACEHOLDER}/"</script>'


def built(folder: Path) -> Path:
    """A folder as Reflex leaves it."""
    client = folder / CLIENT / PLACEHOLDER.strip("/")
    (client / "assets").mkdir(parents=True)
    (client / "index.html").write_text(PAGE)
    (client / "assets" / "a.js").write_text("plain")
    (client / "assets" / "b.woff2").write_bytes(b"\xff" + PLACEHOLDER.encode())
    return folder


def test_a_build_serves_at_the_root(tmp_path: Path) -> None:
    client = built(tmp_path) / CLIENT
    take_out(tmp_path)

    assert (client / "index.html").read_text() == (
        '<script src="/assets/a.js"></script><script>context = "/"</script>'
    )
    assert (client / "assets" / "a.js").read_text() == "plain"
    assert (client / "assets" / "b.woff2").read_bytes() == b"\xff" + PLACEHOLDER.encode()
    assert sorted(path.name for path in client.iterdir()) == ["assets", "index.html"]


def test_a_copy_serves_under_a_path(tmp_path: Path) -> None:
    release = built(tmp_path / "release")
    take_out(release)
    for name in ("index.html", "assets/a.js"):
        for ending in (".gz", ".br"):
            (release / CLIENT / f"{name}{ending}").write_bytes(b"compressed")
    folder = tmp_path / "pages"
    for base in ("/old", "/home/chat"):
        client = placed(release, base, folder) / CLIENT

    page = '<script src="/home/chat/assets/a.js"></script><script>context = "/home/chat/"</script>'
    assert (client / "index.html").read_text() == page
    assert gzip.decompress((client / "index.html.gz").read_bytes()).decode() == page
    assert not (client / "index.html.br").exists()
    assert (client / "assets" / "a.js.br").read_bytes() == b"compressed"
    assert "/home/chat" not in (release / CLIENT / "index.html").read_text()
