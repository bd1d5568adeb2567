"""A conversation as people have them: twenty messages, the answers about a kilobyte each, with code."""

from __future__ import annotations

import random

from tests.unit.rendering.reading import answer, question, snapshot
from webchat.snapshot import Snapshot

_TEXT = """
the service keeps every message in a table of its own and reads it back when somebody opens the page because
a queue between writer and reader would only move that problem elsewhere however long it may be index
transaction timeout retry cursor snapshot isolation deadlock latency throughput schema migration usually
measure before changing anything small steps are easier to undo than one large rewrite of code
"""
_WORDS = _TEXT.split()

_CODE = '''```python
async def fetch_{name}(session: Session, limit: int = {number}) -> list[{type}]:
    """Return the newest rows first."""
    query = select({type}).where({type}.{name} > {number}).order_by({type}.id.desc())
    rows = (await session.exec(query.limit(limit))).all()
    return [row for row in rows if row.{name} != "{word}"]  # {word} is kept apart
```'''


def realistic(messages: int = 20) -> Snapshot:
    chance = random.Random(5)

    def sentence(words: int) -> str:
        return " ".join(chance.choices(_WORDS, k=words)).capitalize() + "."

    def reply() -> str:
        word, other = chance.sample(_WORDS, 2)
        block = _CODE.format(name=word, type=other.capitalize(), number=chance.randrange(1000), word=other)
        return "\n\n".join(
            (
                sentence(40),
                f"## About {word}\n\n"
                + "\n".join(f"- **{chance.choice(_WORDS)}**: {sentence(9)}" for _ in "abc"),
                block,
                f"With `{word}` the cost is $O({chance.randrange(9)}n \\log n)$. " + sentence(30),
            )
        )

    return snapshot(
        *(answer(reply()) if number % 2 else question(sentence(150)) for number in range(messages)),
        title="How the rows come back",
    )
