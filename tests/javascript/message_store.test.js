import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, textParts } from "../../assets/chat/message_parts.js";
import {
  appendToMessage,
  currentMessage,
  expectNoVersion,
  expectVersion,
  failedMessages,
  forgetMessage,
  isFollowed,
  isKnown,
  putMessage,
  setFailed,
  setFollowed,
  setNote,
  settleMessage,
  shownMessage,
  subscribeToMessage,
} from "../../assets/chat/message_store.js";
import { drawFrame, pendingFrameCallbacks } from "./browser.js";

const currentText = (id) => textOf(currentMessage(id).parts);
const shownText = (id) => textOf(shownMessage(id).parts);

// Until every change is shown.
async function published() {
  await null;
  while (pendingFrameCallbacks()) drawFrame();
}

function subscribe(id) {
  const calls = [];
  const unsubscribe = subscribeToMessage(id, () => calls.push(shownText(id)));
  return { calls, unsubscribe };
}

test("an unknown message is empty and not settled", () => {
  assert.deepEqual(
    { ...currentMessage("unknown") },
    {
      parts: [],
      reasoning: "",
      thought: 0,
      note: "",
      settled: false,
      failed: false,
    },
  );
  assert.equal(isKnown("unknown"), false);
});

test("the time of reasoning ends with the first text", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1000 });
  appendToMessage("thought", "reasoning", "a");
  context.mock.timers.tick(2000);
  appendToMessage("thought", "reasoning", "b");
  assert.equal(currentMessage("thought").thought, 0);
  context.mock.timers.tick(1000);
  appendToMessage("thought", "text", "c");
  context.mock.timers.tick(1000);
  appendToMessage("thought", "text", "d");

  assert.equal(currentMessage("thought").thought, 3000);
});

test("a first piece is shown without waiting for a frame", async () => {
  await published();
  appendToMessage("piece", "text", "word");
  assert.equal(currentText("piece"), "word");
  assert.equal(shownText("piece"), "");
  await null;

  assert.equal(shownText("piece"), "word");
});

test("further pieces are shown in the next frame", async () => {
  await published();
  const { calls } = subscribe("frame");
  for (const piece of ["a", "b"]) appendToMessage("frame", "text", piece);
  await null;
  for (const piece of ["c", "d"]) {
    appendToMessage("frame", "text", piece);
    await null;
  }
  assert.deepEqual(calls, ["ab"]);
  assert.equal(pendingFrameCallbacks(), 1);
  drawFrame();

  assert.deepEqual(calls, ["ab", "abcd"]);
});

test("after a frame with pieces, the next ones wait for a frame again", async () => {
  await published();
  const { calls } = subscribe("busy");
  for (const piece of ["a", "b", "c"]) {
    appendToMessage("busy", "text", piece);
    await null;
    if (piece === "b") drawFrame();
  }
  assert.deepEqual(calls, ["a", "ab"]);
  drawFrame();

  assert.deepEqual(calls, ["a", "ab", "abc"]);
});

test("pieces of a later frame notify again", async () => {
  const { calls } = subscribe("frames");
  appendToMessage("frames", "text", "a");
  await published();
  appendToMessage("frames", "text", "b");
  await published();

  assert.deepEqual(calls, ["a", "ab"]);
});

test("a frame notifies only listeners of changed messages", async () => {
  const { calls } = subscribe("earlier");
  appendToMessage("earlier", "text", "a");
  await published();
  appendToMessage("later", "text", "b");
  await published();

  assert.deepEqual(calls, ["a"]);
});

test("an unsubscribed listener is not called", async () => {
  const { calls, unsubscribe } = subscribe("left");
  unsubscribe();
  appendToMessage("left", "text", "a");
  await published();

  assert.deepEqual(calls, []);
});

test("a removed message does not notify", async () => {
  const { calls } = subscribe("forgotten");
  appendToMessage("forgotten", "text", "a");
  forgetMessage("forgotten");
  await published();

  assert.deepEqual(calls, []);
  assert.equal(isKnown("forgotten"), false);
});

test("a removed message does not affect others", async () => {
  const { calls } = subscribe("other");
  appendToMessage("gone", "text", "a");
  appendToMessage("other", "text", "b");
  forgetMessage("gone");
  await published();

  assert.deepEqual(calls, ["b"]);
});

test("a message removed by a listener is skipped", async () => {
  subscribeToMessage("forgets", () => forgetMessage("goes"));
  const { calls } = subscribe("stays");
  for (const id of ["forgets", "goes", "stays"]) appendToMessage(id, "text", "a");
  await published();

  assert.deepEqual(calls, ["a"]);
});

test("the shown message keeps its identity without a change", async () => {
  appendToMessage("same", "text", "a");
  await published();
  const shown = shownMessage("same");
  await published();

  assert.equal(shownMessage("same"), shown);
});

test("parts of an unknown type are kept when text is appended", async () => {
  const parts = [...textParts("a"), { type: "unknown", url: "/files/1" }];
  putMessage("unknown part", { parts });
  setFollowed("unknown part", true);
  appendToMessage("unknown part", "text", "b");
  appendToMessage("unknown part", "text", "c");
  await published();

  assert.deepEqual(shownMessage("unknown part").parts, [...parts, ...textParts("bc")]);
});

test("the shown parts stay the same list while only the note changes", async () => {
  putMessage("same parts", { parts: textParts("a") });
  await published();
  const { parts } = shownMessage("same parts");
  setNote("same parts", "Trying another");
  await published();

  assert.equal(shownMessage("same parts").parts, parts);
});

test("shown parts do not change at once", async () => {
  appendToMessage("between frames", "text", "a");
  await published();
  appendToMessage("between frames", "text", "b");

  assert.equal(shownText("between frames"), "a");
});

test("a settled message ignores further pieces", () => {
  appendToMessage("settled", "text", "whole");
  settleMessage("settled");
  appendToMessage("settled", "text", " and more");

  assert.equal(currentText("settled"), "whole");
});

test("text and reasoning are separate", () => {
  appendToMessage("fields", "reasoning", "why");
  appendToMessage("fields", "text", "what");

  assert.equal(currentMessage("fields").reasoning, "why");
  assert.equal(currentText("fields"), "what");
});

test("a note is shown", async () => {
  setNote("note", "Trying another");
  await published();

  assert.equal(shownMessage("note").note, "Trying another");
});

test("putting a message replaces its content", () => {
  appendToMessage("put", "reasoning", "old");
  setFailed("put", true);
  putMessage("put", { parts: textParts("new") });

  const { parts, reasoning, settled, failed } = currentMessage("put");
  assert.deepEqual(
    { parts, reasoning, settled, failed },
    { parts: textParts("new"), reasoning: "", settled: true, failed: false },
  );
});

test("a put message is shown", async () => {
  putMessage("put and shown", { parts: textParts("a") });
  await published();

  assert.equal(shownText("put and shown"), "a");
});

test("a followed message is no longer settled", () => {
  putMessage("follow", { parts: textParts("a") });
  setFollowed("follow", true);
  appendToMessage("follow", "text", "b");

  assert.equal(isFollowed("follow"), true);
  assert.equal(currentText("follow"), "ab");
});

test("a message no longer followed stays settled", () => {
  putMessage("not followed", { parts: textParts("a") });
  setFollowed("not followed", false);

  assert.equal(isFollowed("not followed"), false);
  assert.equal(currentMessage("not followed").settled, true);
});

test("failed messages are listed until the failure is reset", async () => {
  setFailed("failed", true);
  await published();
  assert.equal(shownMessage("failed").failed, true);
  assert.deepEqual(failedMessages(), ["failed"]);

  setFailed("failed", false);
  assert.deepEqual(failedMessages(), []);
});

test("a settled message is known with its first version", () => {
  putMessage("first version", { parts: textParts("a") });

  assert.equal(expectVersion("first version", "1"), true);
});

test("a settled message with another version is not known", () => {
  putMessage("version", { parts: textParts("a") });
  expectVersion("version", "1");

  assert.equal(expectVersion("version", "2"), false);
  assert.equal(currentMessage("version").settled, false);
});

test("an unsettled message is not known", () => {
  appendToMessage("growing", "text", "a");

  assert.equal(expectVersion("growing", "1"), false);
});

test("a settled message is not known with an interrupted version", () => {
  putMessage("interrupted", { parts: textParts("a") });

  assert.equal(expectVersion("interrupted", "interrupted 1"), false);
});

test("a message fetched for an interrupted version is known", () => {
  expectVersion("fetched", "interrupted 1");
  putMessage("fetched", { parts: textParts("a") });

  assert.equal(expectVersion("fetched", "interrupted 1"), true);
});

test("a streaming message has no version", () => {
  putMessage("written", { parts: textParts("a") });
  expectVersion("written", "1");
  expectNoVersion("written");

  assert.equal(expectVersion("written", "2"), true);
});
