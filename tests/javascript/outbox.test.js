import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { moveDraft, readDraft, saveDraft } from "../../assets/chat/drafts.js";
import {
  addToOutbox,
  assignOutbox,
  firstOfNewConversation,
  newId,
  readOutbox,
  takeFromOutbox,
} from "../../assets/chat/outbox.js";
import { isOnlyInThisTab, subscribeToStorage } from "../../assets/chat/storage.js";
import { FakeStorage } from "./browser.js";

const message = (id, more = {}) => ({
  id,
  text: `text of ${id}`,
  conversationId: "c",
  model: "m",
  follows: "",
  ...more,
});
const idsInOutbox = () => readOutbox().map(({ id }) => id);

function closeTab() {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return { asks: event.defaultPrevented };
}

// Also removes what is kept in memory.
beforeEach(() => {
  globalThis.localStorage = new FakeStorage();
  takeFromOutbox(idsInOutbox());
  for (const id of ["", "c", "other"]) saveDraft(id, "");
});

test("ids are 32 hexadecimal digits and differ", () => {
  const ids = Array.from({ length: 100 }, newId);

  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(new Set(ids).size, 100);
});

test("an empty outbox has no messages", () => {
  assert.deepEqual(readOutbox(), []);
});

test("messages keep their order", () => {
  for (const id of ["b", "a", "c"]) addToOutbox(message(id));

  assert.deepEqual(idsInOutbox(), ["b", "a", "c"]);
  assert.deepEqual(readOutbox()[0], message("b"));
});

test("messages taken out are returned and removed", () => {
  for (const id of ["a", "b", "c"]) addToOutbox(message(id));

  assert.deepEqual(
    takeFromOutbox(["c", "a", "unknown"]).map(({ id }) => id),
    ["a", "c"],
  );
  assert.deepEqual(idsInOutbox(), ["b"]);
});

test("a message is taken out only once", () => {
  addToOutbox(message("a"));
  takeFromOutbox(["a"]);

  assert.deepEqual(takeFromOutbox(["a"]), []);
});

test("an empty outbox leaves nothing in the storage", () => {
  addToOutbox(message("a"));
  takeFromOutbox(["a"]);

  assert.equal(localStorage.values.size, 0);
});

test("an invalid outbox counts as empty", () => {
  localStorage.setItem("webchat.outbox", "[{");

  assert.deepEqual(readOutbox(), []);
});

test("a message that follows none creates a conversation", () => {
  addToOutbox(message("known"));
  addToOutbox(message("first", { conversationId: "" }));
  addToOutbox(message("second", { conversationId: "", follows: "first" }));

  assert.equal(firstOfNewConversation().id, "first");
});

test("a message whose predecessor is gone creates none", () => {
  addToOutbox(message("second", { conversationId: "", follows: "first" }));

  assert.equal(firstOfNewConversation(), undefined);
});

test("no message creates a conversation if all have one", () => {
  addToOutbox(message("known"));

  assert.equal(firstOfNewConversation(), undefined);
});

test("a new conversation is assigned only to its followers", () => {
  addToOutbox(message("mine", { conversationId: "", follows: "first" }));
  addToOutbox(message("theirs", { conversationId: "", follows: "another" }));
  assignOutbox("first", "begun");

  const [mine, theirs] = readOutbox();
  assert.deepEqual([mine.conversationId, mine.follows], ["begun", ""]);
  assert.deepEqual([theirs.conversationId, theirs.follows], ["", "another"]);
});

test("drafts are kept for each conversation", () => {
  saveDraft("c", "one");
  saveDraft("other", "two");

  assert.equal(readDraft("c"), "one");
  assert.equal(readDraft(""), "");
});

test("the draft of a new conversation moves to it", () => {
  saveDraft("", "typed");
  moveDraft("c");

  assert.equal(readDraft("c"), "typed");
  assert.equal(readDraft(""), "");
});

test("without a new draft, an existing draft is kept", () => {
  saveDraft("c", "typed");
  moveDraft("c");

  assert.equal(readDraft("c"), "typed");
});

test("a full storage keeps messages in this tab", () => {
  localStorage.quota = 10;
  addToOutbox(message("a"));
  addToOutbox(message("b"));

  assert.deepEqual(idsInOutbox(), ["a", "b"]);
  assert.equal(isOnlyInThisTab(), true);
});

test("closing the tab asks while a message is only in this tab", () => {
  assert.equal(closeTab().asks, false);
  localStorage.quota = 10;
  addToOutbox(message("a"));
  assert.equal(closeTab().asks, true);

  takeFromOutbox(["a"]);
  assert.equal(closeTab().asks, false);
});

test("values in memory are stored when there is space again", () => {
  localStorage.quota = 10;
  addToOutbox(message("a"));
  localStorage.quota = 1000;
  addToOutbox(message("b"));

  assert.equal(isOnlyInThisTab(), false);
  assert.deepEqual(
    JSON.parse(localStorage.getItem("webchat.outbox")).map(({ id }) => id),
    ["a", "b"],
  );
});

test("a newer draft in memory replaces the stored one", () => {
  saveDraft("c", "old");
  localStorage.quota = 0;
  saveDraft("c", "newer");

  assert.equal(readDraft("c"), "newer");
});

test("a blocked storage keeps messages in this tab", () => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      throw new DOMException("blocked", "SecurityError");
    },
  });
  try {
    addToOutbox(message("a"));

    assert.deepEqual(idsInOutbox(), ["a"]);
    assert.equal(isOnlyInThisTab(), true);
  } finally {
    Object.defineProperty(globalThis, "localStorage", { configurable: true, writable: true, value: null });
  }
});

test("an in-memory storage counts as only in this tab", () => {
  localStorage.inMemory = true;
  saveDraft("c", "typed");

  assert.equal(readDraft("c"), "typed");
  assert.equal(isOnlyInThisTab(), true);
  saveDraft("c", "");
  assert.equal(isOnlyInThisTab(), false);
});

test("storage listeners are called once per change", () => {
  const changes = [];
  const unsubscribe = subscribeToStorage(() => changes.push(isOnlyInThisTab()));
  localStorage.quota = 0;
  saveDraft("c", "a");
  saveDraft("c", "ab");
  localStorage.quota = 1000;
  saveDraft("c", "abc");
  unsubscribe();
  localStorage.quota = 0;
  saveDraft("c", "abcd");

  assert.deepEqual(changes, [true, false]);
});
