import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { textOf, textParts } from "../../assets/chat/message_parts.js";
import { ensureMessage, requestMessage } from "../../assets/chat/message_requests.js";
import {
  appendToMessage,
  currentMessage,
  putMessage,
  setFailed,
  setFollowed,
} from "../../assets/chat/message_store.js";
import { prefetchMessages } from "../../assets/ui/conversation_prefetch.js";

const currentText = (id) => textOf(currentMessage(id).parts);
let requests = [];
let responses = [];
/** @type {Record<string, { parts: object[], version: string }>} */
let prefetched = {};

/** @param {string} id */
const partsOf = (id) => [
  { type: "text", text: "text of " },
  { type: "unknown to this version" },
  { type: "text", text: id },
];

// Each request gets the next response: a status, an error, or a function that filters its ids. The default is
// a response with all ids. A prefetch gets `prefetched`.
globalThis.fetch = async (address) => {
  const ids = new URL(address, "http://webchat").searchParams.get("ids")?.split(",");
  if (!ids) return Response.json(prefetched);
  requests.push(ids);
  const response = responses.shift() ?? ((found) => found);
  if (typeof response === "number") return new Response("", { status: response });
  if (response instanceof Error) throw response;
  return Response.json(Object.fromEntries(response(ids).map((id) => [id, { parts: partsOf(id) }])));
};

// Runs all steps of pending requests, without real delays.
async function settle() {
  for (let step = 0; step < 40; step += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(2000);
  }
}

beforeEach(() => {
  requests = [];
  responses = [];
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => mock.timers.reset());

test("requests of one tick are combined", async () => {
  requestMessage("one");
  requestMessage("two");
  await settle();

  assert.deepEqual(requests, [["one", "two"]]);
  assert.equal(currentText("two"), "text of two");
});

test("the parts of a response are kept as they are", async () => {
  requestMessage("kept");
  await settle();

  assert.deepEqual(currentMessage("kept").parts, partsOf("kept"));
});

test("a message requested twice is fetched once", async () => {
  requestMessage("twice");
  requestMessage("twice");
  await settle();

  assert.deepEqual(requests, [["twice"]]);
});

test("more than 200 messages take two requests", async () => {
  for (let number = 0; number < 201; number += 1) requestMessage(`many ${number}`);
  await settle();

  assert.deepEqual(
    requests.map((ids) => ids.length),
    [200, 1],
  );
  assert.equal(currentText("many 200"), "text of many 200");
});

test("messages left out of a response are requested again", async () => {
  responses = [(ids) => ids.slice(0, 1)];
  requestMessage("in");
  requestMessage("left out");
  await settle();

  assert.deepEqual(requests, [["in", "left out"], ["left out"]]);
  assert.equal(currentText("left out"), "text of left out");
});

test("messages that do not exist fail after one request", async () => {
  responses = [() => []];
  requestMessage("gone");
  await settle();

  assert.equal(requests.length, 1);
  assert.equal(currentMessage("gone").failed, true);
});

test("a request that the server rejects is not retried", async () => {
  responses = [404];
  requestMessage("refused");
  await settle();

  assert.equal(requests.length, 1);
  assert.equal(currentMessage("refused").failed, true);
});

test("a request that fails is retried", async () => {
  responses = [500, new TypeError("no network")];
  requestMessage("retried");
  await settle();

  assert.equal(requests.length, 3);
  assert.equal(currentText("retried"), "text of retried");
});

test("a request is given up after three attempts", async () => {
  responses = [500, 500, 500];
  requestMessage("given up");
  await settle();

  assert.equal(requests.length, 3);
  assert.equal(currentMessage("given up").failed, true);
});

test("a late response does not replace streamed text", async () => {
  requestMessage("streamed");
  setFollowed("streamed", true);
  appendToMessage("streamed", "text", "newer");
  await settle();

  assert.equal(currentText("streamed"), "newer");
});

test("a failed request does not fail a streamed message", async () => {
  responses = [404];
  requestMessage("stream");
  setFollowed("stream", true);
  await settle();

  assert.equal(currentMessage("stream").failed, false);
});

test("failed messages are fetched again when online", async () => {
  setFailed("offline", true);
  window.dispatchEvent(new Event("online"));
  await settle();

  assert.ok(requests.flat().includes("offline"));
  assert.equal(currentText("offline"), "text of offline");
  assert.equal(currentMessage("offline").failed, false);
});

test("a new request resets the failure", () => {
  setFailed("again", true);
  requestMessage("again");

  assert.equal(currentMessage("again").failed, false);
});

test("a streaming message is not fetched", async () => {
  ensureMessage("streaming", { streaming: true });
  await settle();

  assert.deepEqual(requests, []);
});

test("a finished message is fetched once for its version", async () => {
  ensureMessage("finished", { streaming: false, version: "1" });
  await settle();
  ensureMessage("finished", { streaming: false, version: "1" });
  await settle();

  assert.deepEqual(requests, [["finished"]]);
});

test("a message with a new version is fetched again", async () => {
  putMessage("continued", { parts: textParts("old") });
  ensureMessage("continued", { streaming: false, version: "1" });
  ensureMessage("continued", { streaming: false, version: "2" });
  await settle();

  assert.deepEqual(requests, [["continued"]]);
});

test("a message sent from this tab is not fetched", async () => {
  putMessage("own", { parts: textParts("typed here") });
  ensureMessage("stored", { streaming: false, sentAs: "own" });
  await settle();

  assert.deepEqual(requests, []);
  assert.equal(currentText("stored"), "typed here");
});

test("a message sent from another tab is fetched", async () => {
  ensureMessage("elsewhere", { streaming: false, sentAs: "unknown here" });
  await settle();

  assert.deepEqual(requests, [["elsewhere"]]);
});

test("a prefetched message of the version that its row has is not fetched", async () => {
  prefetched = { early: { parts: textParts("early text"), version: "1" } };
  prefetchMessages("/api/conversations/talk/messages?around=");
  ensureMessage("early", { streaming: false, version: "1" });
  await settle();

  assert.deepEqual(requests, []);
  assert.equal(currentText("early"), "early text");
});

test("a prefetched message that was continued since is fetched", async () => {
  prefetched = { before: { parts: textParts("half"), version: "1" } };
  prefetchMessages("/api/conversations/talk/messages?around=");
  ensureMessage("before", { streaming: false, version: "2" });
  await settle();

  assert.deepEqual(requests, [["before"]]);
  assert.equal(currentText("before"), "text of before");
});
