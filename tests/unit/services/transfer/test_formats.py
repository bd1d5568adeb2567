"""Each format, with what its exports of 2026 look like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.services.transfer.exports_of_others import (
    NIL,
    as_json,
    as_zip,
    chatgpt,
    claude,
    claude_message,
    libre_message,
    librechat,
    node,
    open_webui,
    webui_message,
)
from tests.unit.services.transfer.parsing import one, parsed, tree
from webchat.messages import Role
from webchat.services.transfer.parsers.tree import Source
from webchat.storage.types import MessageStatus

# ChatGPT


def test_chatgpt_has_branches_models_and_times() -> None:
    found = one(
        as_json(
            [
                chatgpt(
                    node("q", "root", "user", "Why?"),
                    node("a", "q", "assistant", "So."),
                    node("b", "q", "assistant", "Thus.", metadata={}),
                )
            ]
        )
    )

    assert tree(found) == [
        ("q", None, "user", "Why?"),
        ("a", "q", "assistant", "So."),
        ("b", "q", "assistant", "Thus."),
    ]
    assert [each.model for each in found.messages] == [None, "ChatGPT:gpt-x", None]
    assert (found.source, found.id, found.title, found.current) == (Source.CHATGPT, "c1", "A talk", "b")
    assert found.created_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_chatgpt_hides_what_its_page_hides_and_keeps_the_tree() -> None:
    found = one(
        as_json(
            [
                chatgpt(
                    node("s", "root", "system", ""),
                    node("i", "s", "user", content={"content_type": "user_editable_context", "x": "Me"}),
                    node("w", "i", "user", "weightless", weight=0),
                    node("h", "w", "assistant", "h", metadata={"is_visually_hidden_from_conversation": True}),
                    node("q", "h", "user", "Why?"),
                    node("a", "q", "assistant", "So."),
                )
            ]
        )
    )

    assert tree(found) == [("q", None, "user", "Why?"), ("a", "q", "assistant", "So.")]
    assert found.notes["hidden"] == 3


def test_chatgpt_s_steps_are_shown_with_the_text_after_them() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Plan", "content": "Compute it"}]}
    code = {"content_type": "code", "language": "python", "text": "6*7"}
    output = {"content_type": "execution_output", "text": "42"}
    found = one(
        as_json(
            [
                chatgpt(
                    node("q", "root", "user", "What is it?"),
                    node("t", "q", "assistant", content=thoughts),
                    node("c", "t", "assistant", content=code, recipient="python"),
                    node("o", "c", "tool", content=output),
                    node("a", "o", "assistant", "It is 42.\ue200cite\ue202turn0\ue201"),
                    node("b", "o", "assistant", "42!"),
                )
            ]
        )
    )

    assert [each.id for each in found.messages] == ["q", "a", "b"]
    first, second = found.messages[1:]
    assert first.text == "```python\n6*7\n```\n\n```\n42\n```\n\nIt is 42."
    assert first.reasoning == second.reasoning == "Plan\nCompute it"
    assert second.text.endswith("42!")


def test_a_step_without_an_answer_is_shown_itself() -> None:
    code = {"content_type": "code", "language": "unknown", "text": "6*7"}
    found = one(
        as_json(
            [
                chatgpt(
                    node("q", "root", "user", "What?"),
                    node("c", "q", "assistant", content=code, recipient="python"),
                )
            ]
        )
    )

    assert tree(found)[1] == ("c", "q", "assistant", "```\n6*7\n```")


def test_what_chatgpt_alone_can_show_is_kept_raw() -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "width": 1.5}
    strange = {"content_type": "hologram", "beams": [1]}
    mixed = {"content_type": "multimodal_text", "parts": ["See", picture]}
    found = one(
        as_json(
            [
                chatgpt(
                    node("q", "root", "user", content=mixed),
                    node("a", "q", "assistant", content=strange),
                )
            ]
        )
    )

    assert found.messages[0].text == "See"
    assert [each.raw for each in found.messages] == [[], [strange]]
    assert [(each.member, each.raw) for each in found.messages[0].files] == [("x", picture)]
    assert found.notes["unshown"] == 1


def test_chatgpt_without_titles_metadata_children_or_parents() -> None:
    bare = {"mapping": {"n": {"message": {"author": {"role": "user"}, "content": {"parts": ["Hi"]}}}}}
    linked = chatgpt(node("q", "root", "user", "Why?"), node("a", "q", "assistant", "So."))
    del linked["mapping"]["a"]["parent"]
    linked["mapping"]["q"]["children"] = ["a"]

    first, second = parsed(as_json([bare | {"id": "x", "title": None}, linked]))
    assert tree(first) == [("n", None, "user", "Hi")]  # type: ignore[arg-type]
    assert first.title == "Hi"
    assert tree(second)[1][1] == "q"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["conversations.json", "export/conversations.json"])
def test_chatgpt_in_an_archive(name: str) -> None:
    conversation = chatgpt(node("q", "root", "user", "Why?"))
    data = as_zip({name: as_json([conversation]), "user.json": b"{}", "a.png": b"\x89PNG", "../../x": b""})

    assert tree(one(data)) == [("q", None, "user", "Why?")]


def test_chatgpt_in_several_files() -> None:
    files = {
        f"conversations-{number:03}.json": as_json(
            [chatgpt(node("q", "root", "user", f"{number}"), id=f"c{number}", conversation_id=f"c{number}")]
        )
        for number in range(3)
    }

    assert [each.title for each in parsed(as_zip(files))] == ["A talk"] * 3


# Claude


def test_claude_has_branches_thoughts_and_attachments() -> None:
    tool = {"type": "tool_use", "name": "search"}
    found = one(
        as_json(
            [
                claude(
                    claude_message(
                        "q",
                        "00000000-0000-4000-8000-000000000000",
                        "human",
                        {"type": "text", "text": "Read it"},
                        attachments=[{"file_name": "a.txt", "extracted_content": "words"}],
                        files=[{"file_name": "b.png"}],
                    ),
                    claude_message("a", "q", "assistant", {"type": "thinking", "thinking": "Hm"}, tool),
                    claude_message("b", "q", "assistant", text="Done"),
                )
            ]
        )
    )

    assert tree(found) == [
        ("q", None, "user", "Read it\n\na.txt:\n\n```\nwords\n```"),
        ("a", "q", "assistant", ""),
        ("b", "q", "assistant", "Done"),
    ]
    assert found.messages[1].reasoning == "Hm"
    assert [each.raw for each in found.messages] == [[{"file_name": "b.png"}], [tool], []]
    assert found.current == "b"


def test_claude_without_parents_is_one_branch() -> None:
    messages = [claude_message("q", "", "human", text="Q"), claude_message("a", "", "assistant", text="A")]
    for message in messages:
        del message["parent_message_uuid"]

    assert [each[1] for each in tree(one(as_json(claude(*messages))))] == [None, "q"]


# Open WebUI


def test_open_webui_has_branches_reasoning_and_tools() -> None:
    details = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought</summary>\n&gt; Hm &lt;b&gt;\n'
        '</details>\n<details type="tool_calls" done="true" name="x"></details>\nSo.'
    )
    output = [
        {"type": "reasoning", "content": [{"type": "output_text", "text": "Think"}]},
        {"type": "function_call", "name": "f"},
        {"type": "message", "content": [{"type": "output_text", "text": "Thus."}]},
    ]
    found = one(
        as_json(
            [
                open_webui(
                    webui_message("q", None, "user", [{"type": "text", "text": "Why?"}, {"type": "x"}]),
                    webui_message("a", "q", "assistant", details, model="llama"),
                    webui_message("b", "q", "assistant", "ignored", output=output, done=True),
                )
            ]
        )
    )

    assert tree(found) == [
        ("q", None, "user", "Why?"),
        ("a", "q", "assistant", "So."),
        ("b", "q", "assistant", "Thus."),
    ]
    assert found.messages[1].reasoning.endswith("Hm <b>")
    assert found.messages[1].model == "Open WebUI:llama"
    assert found.messages[2].reasoning == "Think"
    assert [len(each.raw) for each in found.messages] == [1, 1, 1]


def test_old_open_webui_chats_have_no_wrapper() -> None:
    chat = open_webui(webui_message("q", None, "user", "Why?"))
    bare = chat["chat"] | {"id": "w2"}

    assert tree(one(as_json([bare]))) == [("q", None, "user", "Why?")]


# LibreChat


def test_librechat_has_branches() -> None:
    found = one(
        as_json(
            librechat(
                libre_message("q", NIL, True, "Why?"),
                libre_message("aa", "q", False, "So."),
                libre_message("bbb", "q", False, content=[{"type": "think", "think": "Hm"}], unfinished=True),
            )
        )
    )

    assert tree(found) == [
        ("q", None, "user", "Why?"),
        ("aa", "q", "assistant", "So."),
        ("bbb", "q", "assistant", ""),
    ]
    assert found.messages[2].reasoning == "Hm"
    assert found.messages[2].status is MessageStatus.INTERRUPTED
    assert found.current == "bbb"
    assert found.messages[1].model == "LibreChat:gpt-l"


def test_librechat_s_nested_tree() -> None:
    answer = libre_message("aa", "q", False, "So.")
    question = libre_message("q", NIL, True, "Why?") | {"children": [answer]}
    found = one(as_json(librechat(recursive=True, messagesTree=[question])))

    assert tree(found) == [("q", None, "user", "Why?"), ("aa", "q", "assistant", "So.")]


def test_a_long_nested_tree_is_read() -> None:
    entry = libre_message("m", NIL, False, "end")
    for number in range(400):
        entry = libre_message(f"m{number}", NIL, True, "x") | {"children": [entry]}

    assert len(one(as_json(librechat(messagesTree=[entry]))).messages) == 401


# webchat


def test_our_own_export_is_recognised() -> None:
    message = {"id": "m", "role": "user", "content": "Hi", "created_at": "2026-01-02T03:04:05+00:00"}
    conversation = {"id": "w", "title": "T", "current_message_id": "m", "messages": [message]}
    found = one(as_json({"format": "webchat-export", "version": 1, "conversations": [conversation]}))

    assert (found.source, found.title, found.messages[0].role) == (Source.WEBCHAT, "T", Role.USER)
