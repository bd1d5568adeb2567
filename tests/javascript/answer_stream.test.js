import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { expectAnswer, followAnswer } from "../../assets/chat/answer_stream.js";
import { textOf, textParts } from "../../assets/chat/message_parts.js";
import { appendToMessage, currentMessage, isFollowed, putMessage } from "../../assets/chat/message_store.js";
import { FakeEventSource, setHidden } from "./browser.js";

const { CLOSED, opened } = FakeEventSource;
const unfollow = [];

// Follows an answer until the end of the test, and counts the calls of its callback.
function follow(id) {
  const follower = { ends: 0 };
  follower.leave = followAnswer(id, () => {
    follower.ends += 1;
  });
  unfollow.push(follower.leave);
  return follower;
}

const currentText = (id) => textOf(currentMessage(id).parts);
const open = () => opened.filter((source) => source.readyState !== CLOSED);

beforeEach(() => {
  opened.length = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => {
  setHidden(false);
  for (const leave of unfollow.splice(0)) leave();
  mock.timers.tick(1000);
  mock.timers.reset();
});

test("a new answer is streamed from its start", () => {
  follow("new");

  assert.deepEqual(
    opened.map((source) => source.address),
    ["/api/messages/new/stream?after="],
  );
});

test("events are appended to text, reasoning and note", () => {
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

test("the pictures of an answer are added once, whenever they are sent", () => {
  const picture = { type: "file", id: "p1", name: "cat.png", kind: "picture" };
  follow("pictures");
  opened[0].send("message", "A cat", "0.5");
  opened[0].send("files", [picture], "0.5");
  opened[0].send("files", [picture], "0.5");

  assert.deepEqual(currentMessage("pictures").parts, [...textParts("A cat"), picture]);
});

test("the end event settles the message, closes the stream and calls back once", () => {
  const follower = follow("end");
  opened[0].send("message", "whole", "0.5");
  opened[0].send("end", null);

  assert.equal(currentMessage("end").settled, true);
  assert.equal(isFollowed("end"), false);
  assert.equal(opened[0].readyState, CLOSED);
  assert.equal(follower.ends, 1);
});

test("a settled message is streamed from its end", () => {
  putMessage("settled", { parts: textParts("four"), reasoning: "three" });
  follow("settled");
  opened[0].send("message", "ty", "5.6");

  assert.match(opened[0].address, /after=5\.4$/);
  assert.equal(currentText("settled"), "fourty");
});

test("a position counts a surrogate pair as one character", () => {
  putMessage("pairs", { parts: textParts("😀a😀"), reasoning: "é𝒳" });
  follow("pairs");

  assert.match(opened[0].address, /after=2\.3$/);
});

test("a position counts an unpaired surrogate at the end as one", () => {
  putMessage("half", { parts: textParts("ab\ud83d") });
  follow("half");

  assert.match(opened[0].address, /after=0\.3$/);
});

test("a position counts the text of all text parts", () => {
  putMessage("parts", { parts: [...textParts("ab"), { type: "unknown" }, ...textParts("c")] });
  follow("parts");

  assert.match(opened[0].address, /after=0\.3$/);
});

test("an unsettled message is streamed again from its start", () => {
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

test("a page that follows within a second reuses the stream", () => {
  const first = follow("reused");
  opened[0].send("message", "a", "0.1");
  first.leave();
  mock.timers.tick(999);
  follow("reused");
  mock.timers.tick(1000);
  opened[0].send("message", "b", "0.2");

  assert.deepEqual(open(), [opened[0]]);
  assert.equal(currentText("reused"), "ab");
  assert.equal(isFollowed("reused"), true);
});

test("a stream without followers is closed after a second", () => {
  const follower = follow("closed");
  follower.leave();
  mock.timers.tick(1000);

  assert.equal(opened[0].readyState, CLOSED);
  assert.equal(isFollowed("closed"), false);
});

test("a message fetched since is streamed from its end", () => {
  follow("fetched").leave();
  putMessage("fetched", { parts: textParts("abc") });
  follow("fetched");

  assert.equal(opened[0].readyState, CLOSED);
  assert.match(opened[1].address, /after=0\.3$/);
});

test("closing an old stream does not close its successor", () => {
  follow("late").leave();
  putMessage("late", { parts: textParts("abc") });
  follow("late");
  mock.timers.tick(1000);

  assert.deepEqual(open(), [opened[1]]);
  assert.equal(isFollowed("late"), true);
});

test("a hidden tab closes its connection and reconnects when visible", () => {
  follow("hidden");
  opened[0].send("message", "a", "0.1");
  setHidden(true);
  assert.deepEqual(open(), []);

  setHidden(false);
  assert.match(open()[0].address, /after=0\.1$/);
});

test("a tab that is hidden from the start connects when visible", () => {
  setHidden(true);
  follow("later");
  assert.equal(opened.length, 0);

  setHidden(false);
  assert.equal(opened.length, 1);
});

test("a repeated visibility event keeps the connection", () => {
  follow("shown");
  setHidden(false);

  assert.equal(opened.length, 1);
});

test("a change of network reconnects", () => {
  follow("network");
  opened[0].send("message", "a", "0.1");
  window.dispatchEvent(new Event("online"));

  assert.equal(opened[0].readyState, CLOSED);
  assert.match(open()[0].address, /after=0\.1$/);
});

test("a change of network does not connect a hidden tab", () => {
  follow("hidden network");
  setHidden(true);
  window.dispatchEvent(new Event("online"));

  assert.deepEqual(open(), []);
});

test("a refused stream of an answer that has ended is not opened again", () => {
  const follower = follow("refused");
  opened[0].fail({ refused: true });
  assert.equal(follower.ends, 1);
  assert.equal(currentMessage("refused").settled, false);

  follower.leave(); // the page has reloaded the message
  assert.equal(isFollowed("refused"), false);
  mock.timers.tick(60_000);
  assert.equal(opened.length, 1);
});

test("a refused stream is opened again where it was, later each time", () => {
  const follower = follow("proxied");
  opened[0].send("message", "ab", "0.2");
  const delays = [2000, 4000, 8000, 16_000, 30_000, 30_000];
  for (const [number, delay] of delays.entries()) {
    opened[number].fail({ refused: true });
    mock.timers.tick(delay - 1);
    assert.equal(opened.length, number + 1);
    mock.timers.tick(1);
    assert.equal(opened[number + 1].address, "/api/messages/proxied/stream?after=0.2");
  }
  const last = opened[delays.length];
  last.onopen();
  last.send("message", "c", "0.3");
  last.fail({ refused: true });
  mock.timers.tick(2000);

  assert.equal(open().length, 1);
  assert.equal(currentText("proxied"), "abc");
  assert.equal(follower.ends, delays.length + 1);
});

test("a refused stream is opened again as soon as the network is back", () => {
  follow("away");
  opened[0].fail({ refused: true });
  window.dispatchEvent(new Event("online"));

  assert.equal(open().length, 1);
  mock.timers.tick(2000);
  assert.equal(opened.length, 2);
});

test("an expected stream that comes after another one was refused is used", () => {
  expectAnswer("sent 11");
  follow("refused first");
  mock.timers.tick(200);
  opened[1].fail({ refused: true });
  opened[0].send("answer", "refused first");
  opened[0].send("message", "word", "0.4");

  assert.equal(currentText("refused first"), "word");
  mock.timers.tick(2000);
  assert.equal(open().length, 1);
});

test("the browser reconnects after a lost connection", () => {
  const follower = follow("lost");
  opened[0].fail({ refused: false });

  assert.equal(follower.ends, 0);
  assert.equal(isFollowed("lost"), true);
});

test("the stream of an expected answer is used by the page", () => {
  expectAnswer("sent 1");
  assert.equal(opened[0].address, "/api/sent/sent 1/stream");
  opened[0].send("answer", "expected");
  opened[0].send("message", "wh", "0.2");
  const follower = follow("expected");
  opened[0].send("message", "at", "0.4");
  opened[0].send("end", "");

  assert.equal(opened.length, 1);
  assert.equal(currentText("expected"), "what");
  assert.equal(follower.ends, 1);
  assert.equal(open().length, 0);
});

test("an expected answer that ended before the page shows it is complete", () => {
  expectAnswer("sent 2");
  opened[0].send("answer", "quick");
  opened[0].send("message", "done", "0.4");
  opened[0].send("end", "");
  assert.equal(open().length, 0);
  const follower = follow("quick");

  assert.equal(open()[0].address, "/api/messages/quick/stream?after=0.4");
  open()[0].send("end", "");
  assert.equal(currentText("quick"), "done");
  assert.equal(follower.ends, 1);
});

test("a reconnected stream of an expected answer goes on", () => {
  expectAnswer("sent 3");
  opened[0].send("answer", "again");
  const follower = follow("again");
  opened[0].send("message", "a", "0.1");
  opened[0].fail({ refused: false });
  opened[0].send("answer", "again");
  opened[0].send("message", "b", "0.2");
  assert.equal(currentText("again"), "ab");

  opened[0].fail({ refused: true });
  assert.equal(follower.ends, 1);
});

test("a page that shows the answer first waits for the expected stream", () => {
  expectAnswer("sent 4");
  const follower = follow("first");
  assert.equal(opened.length, 1);
  opened[0].send("answer", "first");
  opened[0].send("message", "word", "0.4");
  mock.timers.tick(200);

  assert.equal(opened.length, 1);
  assert.equal(currentText("first"), "word");
  opened[0].send("end", "");
  assert.equal(follower.ends, 1);
});

test("a page does not wait long for an expected stream", () => {
  expectAnswer("sent 8");
  follow("slow");
  mock.timers.tick(200);
  opened[0].send("answer", "slow");

  assert.deepEqual(
    open().map((source) => source.address),
    ["/api/messages/slow/stream?after="],
  );
});

test("another answer is streamed once the expected one is known", () => {
  expectAnswer("sent 9");
  follow("of another conversation");
  opened[0].send("answer", "of this one");

  assert.deepEqual(
    open().map((source) => source.address),
    ["/api/sent/sent 9/stream", "/api/messages/of another conversation/stream?after="],
  );
  mock.timers.tick(5000);
});

test("an expected answer that the page does not show is closed", () => {
  expectAnswer("sent 5");
  opened[0].send("answer", "elsewhere");
  opened[0].send("message", "a", "0.1");
  mock.timers.tick(5000);
  assert.equal(open().length, 0);
  follow("elsewhere");

  assert.equal(open()[0].address, "/api/messages/elsewhere/stream?after=");
});

test("an answer that does not come is not asked for again", () => {
  expectAnswer("sent 6");
  follow("known by the page");
  opened[0].fail({ refused: false });

  assert.deepEqual(
    open().map((source) => source.address),
    ["/api/messages/known by the page/stream?after="],
  );
});

test("a hidden tab expects no answer", () => {
  setHidden(true);
  expectAnswer("sent 7");

  assert.equal(opened.length, 0);
});

test("a tab that is hidden before the expected answer comes streams it when visible", () => {
  expectAnswer("sent 10");
  setHidden(true);
  opened[0].send("answer", "hidden meanwhile");
  assert.equal(open().length, 0);
  follow("hidden meanwhile");
  setHidden(false);

  assert.deepEqual(
    open().map((source) => source.address),
    ["/api/messages/hidden meanwhile/stream?after="],
  );
});
