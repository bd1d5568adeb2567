import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { followAnswer } from "../../assets/chat/answer_stream.js";
import { textOf, textParts } from "../../assets/chat/message_parts.js";
import { appendToMessage, currentMessage, isFollowed, putMessage } from "../../assets/chat/message_store.js";
import { FakeEventSource, setHidden } from "./browser.js";

const { CLOSED, opened } = FakeEventSource;
const leaving = [];

// Follows an answer until the end of the test, and counts how often it ended.
function follow(id) {
  const told = { ends: 0 };
  told.leave = followAnswer(id, () => {
    told.ends += 1;
  });
  leaving.push(told.leave);
  return told;
}

const currentText = (id) => textOf(currentMessage(id).parts);
const open = () => opened.filter((source) => source.readyState !== CLOSED);

beforeEach(() => {
  opened.length = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => {
  setHidden(false);
  for (const leave of leaving.splice(0)) leave();
  mock.timers.tick(1000);
  mock.timers.reset();
});

test("a new answer is read from its beginning", () => {
  follow("new");

  assert.deepEqual(
    opened.map((source) => source.address),
    ["/api/messages/new/stream?after="],
  );
});

test("pieces go into the message they belong to", () => {
  follow("pieces");
  opened[0].send("reasoning", "why", "3.0");
  opened[0].send("message", "wh", "3.2");
  opened[0].send("message", "at", "3.4");
  opened[0].send("note", "Trying another");

  const { parts, reasoning, note } = currentMessage("pieces");
  assert.deepEqual(
    { parts, reasoning, note },
    { parts: textParts("what"), reasoning: "why", note: "Trying another" },
  );
});

test("an answer that ended is settled, closed and told once", () => {
  const told = follow("end");
  opened[0].send("message", "whole", "0.5");
  opened[0].send("end", null);

  assert.equal(currentMessage("end").settled, true);
  assert.equal(isFollowed("end"), false);
  assert.equal(opened[0].readyState, CLOSED);
  assert.equal(told.ends, 1);
});

test("settled words are read on from their end", () => {
  putMessage("settled", { parts: textParts("four"), reasoning: "three" });
  follow("settled");
  opened[0].send("message", "ty", "5.6");

  assert.match(opened[0].address, /after=5\.4$/);
  assert.equal(currentText("settled"), "fourty");
});

test("a position counts a pair of surrogates as one", () => {
  putMessage("pairs", { parts: textParts("😀a😀"), reasoning: "é𝒳" });
  follow("pairs");

  assert.match(opened[0].address, /after=2\.3$/);
});

test("a position counts half a pair at the end as one", () => {
  putMessage("half", { parts: textParts("ab\ud83d") });
  follow("half");

  assert.match(opened[0].address, /after=0\.3$/);
});

test("a position counts the text of all text parts", () => {
  putMessage("parts", { parts: [...textParts("ab"), { type: "unknown" }, ...textParts("c")] });
  follow("parts");

  assert.match(opened[0].address, /after=0\.3$/);
});

test("unsettled words are read again from the beginning", () => {
  appendToMessage("unsettled", "text", "some");
  follow("unsettled");

  assert.match(opened[0].address, /after=$/);
  assert.equal(currentText("unsettled"), "");
});

test("an answer followed twice has one connection", () => {
  const first = follow("twice");
  const second = follow("twice");
  opened[0].send("message", "once", "0.4");
  opened[0].send("end", null);

  assert.equal(opened.length, 1);
  assert.equal(currentText("twice"), "once");
  assert.deepEqual([first.ends, second.ends], [0, 1]);
});

test("a page that takes over within a second keeps the stream", () => {
  const first = follow("taken over");
  opened[0].send("message", "a", "0.1");
  first.leave();
  mock.timers.tick(999);
  follow("taken over");
  mock.timers.tick(1000);
  opened[0].send("message", "b", "0.2");

  assert.deepEqual(open(), [opened[0]]);
  assert.equal(currentText("taken over"), "ab");
  assert.equal(isFollowed("taken over"), true);
});

test("an answer nobody follows is let go after a second", () => {
  const told = follow("let go");
  told.leave();
  mock.timers.tick(1000);

  assert.equal(opened[0].readyState, CLOSED);
  assert.equal(isFollowed("let go"), false);
});

test("words fetched meanwhile are read on from their end", () => {
  follow("fetched").leave();
  putMessage("fetched", { parts: textParts("abc") });
  follow("fetched");

  assert.equal(opened[0].readyState, CLOSED);
  assert.match(opened[1].address, /after=0\.3$/);
});

test("a stream let go late does not end the one after it", () => {
  follow("late").leave();
  putMessage("late", { parts: textParts("abc") });
  follow("late");
  mock.timers.tick(1000);

  assert.deepEqual(open(), [opened[1]]);
  assert.equal(isFollowed("late"), true);
});

test("a hidden tab lets its connection go and comes back", () => {
  follow("hidden");
  opened[0].send("message", "a", "0.1");
  setHidden(true);
  assert.deepEqual(open(), []);

  setHidden(false);
  assert.match(open()[0].address, /after=0\.1$/);
});

test("a tab that is hidden from the start connects when seen", () => {
  setHidden(true);
  follow("later");
  assert.equal(opened.length, 0);

  setHidden(false);
  assert.equal(opened.length, 1);
});

test("a tab that is shown twice keeps its connection", () => {
  follow("shown");
  setHidden(false);

  assert.equal(opened.length, 1);
});

test("another network opens the connection anew", () => {
  follow("network");
  opened[0].send("message", "a", "0.1");
  window.dispatchEvent(new Event("online"));

  assert.equal(opened[0].readyState, CLOSED);
  assert.match(open()[0].address, /after=0\.1$/);
});

test("another network connects no hidden tab", () => {
  follow("hidden network");
  setHidden(true);
  window.dispatchEvent(new Event("online"));

  assert.deepEqual(open(), []);
});

test("a connection the server refuses ends the stream", () => {
  const told = follow("refused");
  opened[0].fail({ refused: true });

  assert.equal(told.ends, 1);
  assert.equal(isFollowed("refused"), false);
  assert.equal(currentMessage("refused").settled, false);
});

test("a connection that is lost is left to the browser", () => {
  const told = follow("lost");
  opened[0].fail({ refused: false });

  assert.equal(told.ends, 0);
  assert.equal(isFollowed("lost"), true);
});
