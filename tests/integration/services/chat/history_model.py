"""What a person's history must be, kept beside the real one: plain objects and no database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

ENDED_BADLY = ("error", "stopped", "interrupted")


@dataclass
class Node:
    """One message. Ids sort by age."""

    id: str
    parent: str | None
    role: str
    text: str
    status: str = "complete"
    deleted: bool = False


@dataclass
class Talk:
    """One conversation: its messages, the end of the branch that is shown, and what waits."""

    id: str
    nodes: dict[str, Node] = field(default_factory=dict)
    leaf: str | None = None
    waiting: list[str] = field(default_factory=list)
    waiting_ids: list[str] = field(default_factory=list)
    deleted: bool = False

    def add_exchange(self, question: Node, answer: Node) -> None:
        self.nodes[question.id] = question
        self.nodes[answer.id] = answer
        self.leaf = answer.id

    def add_answer(self, answer: Node) -> None:
        self.nodes[answer.id] = answer
        self.leaf = answer.id

    @property
    def is_answering(self) -> bool:
        """Whether the next message has to wait."""
        return self.leaf is not None and self.nodes[self.leaf].status == "streaming"

    @property
    def queued(self) -> str:
        return "\n\n".join(self.waiting)

    def path(self, leaf: str | None) -> list[Node]:
        """From the root to a message, deleted ones included."""
        found = []
        while leaf is not None:
            found.append(self.nodes[leaf])
            leaf = self.nodes[leaf].parent
        return found[::-1]

    def shown(self) -> list[Node]:
        return [node for node in self.path(self.leaf) if not node.deleted]

    def children(self, parent: str | None) -> list[Node]:
        found = (node for node in self.nodes.values() if node.parent == parent)
        return sorted(found, key=lambda node: node.id)

    def newest_leaf(self, top: str) -> str:
        """The newest of all ends below a message."""
        below = [self.nodes[top]]
        ends = []
        while below:
            node = below.pop()
            children = self.children(node.id)
            below += children
            if not children:
                ends.append(node.id)
        return max(ends)

    def pair(self, named: str) -> list[Node]:
        """A question and its answer, as they are shown."""
        shown = self.shown()
        place = next((at for at, node in enumerate(shown) if node.id == named), None)
        if place is None:
            return [self.nodes[named]]
        beside = place + 1 if shown[place].role == "user" else place - 1
        others = shown[max(beside, 0) : beside + 1]
        pair = [shown[place], *(node for node in others if node.role != shown[place].role)]
        return sorted(pair, key=lambda node: node.id)

    def delete(self, pair: list[Node]) -> None:
        for node in pair:
            node.deleted = True
        first = pair[0]
        depth = len(self.path(first.id))
        if any(not node.deleted for node in self.path(self.leaf)[depth:]):
            return
        versions = [node for node in self.children(first.parent) if not node.deleted]
        if versions:
            self.leaf = self.newest_leaf(versions[-1].id)

    def restore(self, ids: list[str]) -> None:
        for id in ids:
            self.nodes[id].deleted = False
        if not self.deleted and self.nodes[ids[-1]] not in self.shown():
            self.leaf = self.newest_leaf(ids[-1])

    def rows(self) -> dict[str, Node]:
        """A copy to compare."""
        return {id: replace(node) for id, node in self.nodes.items()}
