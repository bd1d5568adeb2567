"""The typefaces of a build have the addresses at which its files are served."""

from __future__ import annotations

from pathlib import Path

from webchat.hosting.typefaces import built_typefaces

FONTS = """/* A remark. */
@font-face {
  font-family: "One";
  src: url("@packages/one/one-latin.woff2") format("woff2");
}

@font-face {
  font-family: "One";
  src: url("@packages/one/one-latin-ext.woff2") format("woff2");
}

@font-face {
  font-family: "Installed";
  src: local("Arial");
}
"""


def client(folder: Path, *files: str) -> Path:
    (folder / "assets").mkdir()
    (folder / "fonts.css").write_text(FONTS)
    for file in files:
        (folder / "assets" / file).write_bytes(b"wOF2")
    return folder


def test_each_rule_names_the_built_file(tmp_path: Path) -> None:
    served = client(tmp_path, "one-latin-ext-B9CIFXIH.woff2", "one-latin-Dun_Rd-l.woff2")

    styles = built_typefaces(served, "/home/chat")

    assert 'url("/home/chat/assets/one-latin-Dun_Rd-l.woff2")' in styles
    assert 'url("/home/chat/assets/one-latin-ext-B9CIFXIH.woff2")' in styles
    assert 'local("Arial")' in styles
    assert "@packages" not in styles


def test_a_rule_without_its_file_is_left_out(tmp_path: Path) -> None:
    styles = built_typefaces(client(tmp_path, "one-latin-ext-B9CIFXIH.woff2"), "")

    assert styles.count("@font-face") == 2
    assert "one-latin-ext-B9CIFXIH" in styles
    assert "@packages" not in styles


def test_a_build_without_typefaces_has_none(tmp_path: Path) -> None:
    assert built_typefaces(tmp_path, "") == ""
