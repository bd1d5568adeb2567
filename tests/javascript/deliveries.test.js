import assert from "node:assert/strict";
import { test } from "node:test";
import { due, overdue, RESEND_AFTER } from "../../assets/chat/deliveries.js";
import { tooLong } from "../../assets/chat/message_limit.js";

const NOW = 1_000_000;
const message = (id, follows = "") => ({ id, follows, text: id, conversationId: "", model: "" });
const ids = (messages) => messages.map(({ id }) => id);

test("a message never sent is due", () => {
  assert.deepEqual(ids(due([message("a")], new Map(), NOW)), ["a"]);
});

test("a message is due again after the timeout", () => {
  const at = new Map([["a", NOW - RESEND_AFTER + 1]]);

  assert.deepEqual(due([message("a")], at, NOW), []);
  assert.deepEqual(ids(due([message("a")], at, NOW + 1)), ["a"]);
});

test("a message that follows another waits until that is accepted", () => {
  assert.deepEqual(ids(due([message("a"), message("b", "a")], new Map(), NOW)), ["a"]);
});

test("a message is due when the one it follows was accepted", () => {
  assert.deepEqual(ids(due([message("b", "a")], new Map(), NOW)), ["b"]);
});

test("all messages are overdue without a connection", () => {
  assert.deepEqual(ids(overdue([message("a")], new Map([["a", NOW]]), false, NOW)), ["a"]);
});

test("a message just sent is not overdue", () => {
  const at = new Map([["a", NOW - RESEND_AFTER / 2 + 1]]);

  assert.deepEqual(overdue([message("a")], at, true, NOW), []);
  assert.deepEqual(ids(overdue([message("a")], at, true, NOW + 1)), ["a"]);
});

test("a message that follows another counts from the time of that", () => {
  assert.deepEqual(overdue([message("b", "a")], new Map([["a", NOW]]), true, NOW), []);
});

test("a message of exactly the limit can be sent", () => {
  assert.equal(tooLong("a".repeat(1024), 1024), "");
});

test("a message is measured in bytes of UTF-8", () => {
  assert.match(tooLong("é".repeat(513), 1024), /is 2 KB; the limit is 1 KB/);
});
