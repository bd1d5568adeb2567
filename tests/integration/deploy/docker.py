"""Reads a Dockerfile, as far as ours goes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

TARGET = "/opt/webchat"
"""Where the image has webchat."""


@dataclass(frozen=True)
class Stage:
    """The instructions of one stage after its `FROM`, each with what follows its name."""

    steps: tuple[tuple[str, str], ...]

    def all(self, instruction: str) -> list[str]:
        """What follows each instruction of this name."""
        return [rest for name, rest in self.steps if name == instruction]

    def one(self, instruction: str) -> str:
        """What follows the only instruction of this name."""
        (found,) = self.all(instruction)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """The variables that `ENV` sets."""
        return dict(pair.split("=", 1) for each in self.all("ENV") for pair in each.split())

    @property
    def health_check(self) -> list[str]:
        """The command of `HEALTHCHECK`."""
        return list(json.loads(self.one("HEALTHCHECK").partition("CMD ")[2]))

    @property
    def command(self) -> list[str]:
        """The command of `CMD`."""
        return list(json.loads(self.one("CMD")))


def stages(path: Path) -> list[Stage]:
    """The stages of a Dockerfile, in their order."""
    text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    steps = [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line)]
    begins = [number for number, (name, _) in enumerate(steps) if name == "FROM"]
    ends = [*begins[1:], len(steps)]
    return [Stage(tuple(steps[begin + 1 : end])) for begin, end in zip(begins, ends, strict=True)]
