"""Estimates how many tokens files take in a model's context; errs on the high side."""

from __future__ import annotations

from webchat.services.answers.context import BYTES_A_TOKEN

_LONGEST, _SHORTEST, _TILE = 2048, 768, 512
_BASE, _A_TILE = 85, 170


def picture_tokens(width: int, height: int) -> int:
    """What a picture costs: services scale it down and count tiles of 512 pixels.

    See https://platform.openai.com/docs/guides/images-vision#calculating-costs.

    >>> picture_tokens(100, 100), picture_tokens(4000, 3000)
    (255, 1105)
    """
    scale = min(1.0, _LONGEST / max(width, height))
    scale = min(scale, _SHORTEST / min(width, height)) if min(width, height) * scale > _SHORTEST else scale
    across, down = (max(1, -(-int(side * scale) // _TILE)) for side in (width, height))
    return _BASE + _A_TILE * across * down


def text_tokens(size: int) -> int:
    """What a text of this many bytes of UTF-8 costs."""
    return -(-size // BYTES_A_TOKEN)
