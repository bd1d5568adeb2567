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
  noteOnMessage,
  putMessage,
  setFailed,
  setFollowed,
  settleMessage,
  shownMessage,
  watchMessage,
} from "../../assets/chat/message_store.js";
import { drawFrame, waitingForFrame } from "./browser.js";

const currentText = (id) => textOf(currentMessage(id).parts);
const shownText = (id) => textOf(shownMessage(id).parts);

function watched(id) {
  const calls = [];
  const leave = watchMessage(id, () => calls.push(shownText(id)));
  return { calls, leave };
}

test("an unknown message is empty and not settled", () => {
  assert.deepEqual(
    { ...currentMessage("unknown") },
    {
      parts: [],
      reasoning: "",
      note: "",
      settled: false,
      failed: false,
    },
  );
  assert.equal(isKnown("unknown"), false);
});

test("a piece is current at once and shown in the next frame", () => {
  appendToMessage("piece", "text", "word");

  assert.equal(currentText("piece"), "word");
  assert.equal(shownText("piece"), "");
  drawFrame();
  assert.equal(shownText("piece"), "word");
});

test("many pieces of one frame are told once", () => {
  const { calls } = watched("frame");
  for (const piece of ["a", "b", "c"]) appendToMessage("frame", "text", piece);
  assert.equal(waitingForFrame(), 1);
  drawFrame();

  assert.deepEqual(calls, ["abc"]);
});

test("pieces of a later frame are told again", () => {
  const { calls } = watched("frames");
  appendToMessage("frames", "text", "a");
  drawFrame();
  appendToMessage("frames", "text", "b");
  drawFrame();

  assert.deepEqual(calls, ["a", "ab"]);
});

test("a frame tells only what has changed since the last", () => {
  const { calls } = watched("earlier");
  appendToMessage("earlier", "text", "a");
  drawFrame();
  appendToMessage("later", "text", "b");
  drawFrame();

  assert.deepEqual(calls, ["a"]);
});

test("a reader that left hears nothing more", () => {
  const { calls, leave } = watched("left");
  leave();
  appendToMessage("left", "text", "a");
  drawFrame();

  assert.deepEqual(calls, []);
});

test("a frame after the message was forgotten tells nobody", () => {
  const { calls } = watched("forgotten");
  appendToMessage("forgotten", "text", "a");
  forgetMessage("forgotten");
  drawFrame();

  assert.deepEqual(calls, []);
  assert.equal(isKnown("forgotten"), false);
});

test("a forgotten message does not keep others from a frame", () => {
  const { calls } = watched("other");
  appendToMessage("gone", "text", "a");
  appendToMessage("other", "text", "b");
  forgetMessage("gone");
  drawFrame();

  assert.deepEqual(calls, ["b"]);
});

test("a message forgotten during a frame is passed over", () => {
  watchMessage("forgets", () => forgetMessage("goes"));
  const { calls } = watched("stays");
  for (const id of ["forgets", "goes", "stays"]) appendToMessage(id, "text", "a");
  drawFrame();

  assert.deepEqual(calls, ["a"]);
});

test("what is shown stays the same object without a change", () => {
  appendToMessage("same", "text", "a");
  drawFrame();
  const shown = shownMessage("same");
  drawFrame();

  assert.equal(shownMessage("same"), shown);
});

test("parts of an unknown type are kept when text is appended", () => {
  const parts = [...textParts("a"), { type: "unknown", url: "/files/1" }];
  putMessage("unknown part", { parts });
  setFollowed("unknown part", true);
  appendToMessage("unknown part", "text", "b");
  appendToMessage("unknown part", "text", "c");
  drawFrame();

  assert.deepEqual(shownMessage("unknown part").parts, [...parts, ...textParts("bc")]);
});

test("the shown parts stay the same list while only the note changes", () => {
  putMessage("same parts", { parts: textParts("a") });
  drawFrame();
  const { parts } = shownMessage("same parts");
  noteOnMessage("same parts", "Trying another");
  drawFrame();

  assert.equal(shownMessage("same parts").parts, parts);
});

test("shown parts do not change before the next frame", () => {
  appendToMessage("between frames", "text", "a");
  drawFrame();
  appendToMessage("between frames", "text", "b");

  assert.equal(shownText("between frames"), "a");
});

test("a settled message takes no further pieces", () => {
  appendToMessage("settled", "text", "whole");
  settleMessage("settled");
  appendToMessage("settled", "text", " and more");

  assert.equal(currentText("settled"), "whole");
});

test("words and reasoning grow apart", () => {
  appendToMessage("fields", "reasoning", "why");
  appendToMessage("fields", "text", "what");

  assert.equal(currentMessage("fields").reasoning, "why");
  assert.equal(currentText("fields"), "what");
});

test("a note is shown with the words there are", () => {
  noteOnMessage("note", "Trying another");
  drawFrame();

  assert.equal(shownMessage("note").note, "Trying another");
});

test("put words replace what was known", () => {
  appendToMessage("put", "reasoning", "old");
  setFailed("put", true);
  putMessage("put", { parts: textParts("new") });

  const { parts, reasoning, settled, failed } = currentMessage("put");
  assert.deepEqual(
    { parts, reasoning, settled, failed },
    { parts: textParts("new"), reasoning: "", settled: true, failed: false },
  );
});

test("put words are shown in the next frame", () => {
  putMessage("put and shown", { parts: textParts("a") });
  drawFrame();

  assert.equal(shownText("put and shown"), "a");
});

test("a followed message is no longer settled", () => {
  putMessage("follow", { parts: textParts("a") });
  setFollowed("follow", true);
  appendToMessage("follow", "text", "b");

  assert.equal(isFollowed("follow"), true);
  assert.equal(currentText("follow"), "ab");
});

test("a message let go stays settled as it was", () => {
  putMessage("let go", { parts: textParts("a") });
  setFollowed("let go", false);

  assert.equal(isFollowed("let go"), false);
  assert.equal(currentMessage("let go").settled, true);
});

test("failed messages are listed until asked for again", () => {
  setFailed("failed", true);
  drawFrame();
  assert.equal(shownMessage("failed").failed, true);
  assert.deepEqual(failedMessages(), ["failed"]);

  setFailed("failed", false);
  assert.deepEqual(failedMessages(), []);
});

test("settled words are known with their first version", () => {
  putMessage("first version", { parts: textParts("a") });

  assert.equal(expectVersion("first version", "1"), true);
});

test("settled words with another version are not known", () => {
  putMessage("version", { parts: textParts("a") });
  expectVersion("version", "1");

  assert.equal(expectVersion("version", "2"), false);
  assert.equal(currentMessage("version").settled, false);
});

test("words that are not settled are not known", () => {
  appendToMessage("growing", "text", "a");

  assert.equal(expectVersion("growing", "1"), false);
});

test("words of a first interrupted version are not known", () => {
  putMessage("interrupted", { parts: textParts("a") });

  assert.equal(expectVersion("interrupted", "interrupted 1"), false);
});

test("words fetched for an interrupted version are known", () => {
  expectVersion("fetched", "interrupted 1");
  putMessage("fetched", { parts: textParts("a") });

  assert.equal(expectVersion("fetched", "interrupted 1"), true);
});

test("a message being written forgets its version", () => {
  putMessage("written", { parts: textParts("a") });
  expectVersion("written", "1");
  expectNoVersion("written");

  assert.equal(expectVersion("written", "2"), true);
});
