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

const currentText = (id) => textOf(currentMessage(id).parts);
let requests = [];
let answers = [];

/** @param {string} id */
const partsOf = (id) => [
  { type: "text", text: "words of " },
  { type: "unknown to this version" },
  { type: "text", text: id },
];

// Every request takes the next answer, a status or the function of its ids; without one it finds all.
globalThis.fetch = async (address) => {
  const ids = new URL(address, "http://webchat").searchParams.get("ids").split(",");
  requests.push(ids);
  const answer = answers.shift() ?? ((found) => found);
  if (typeof answer === "number") return new Response("", { status: answer });
  if (answer instanceof Error) throw answer;
  return Response.json(Object.fromEntries(answer(ids).map((id) => [id, { parts: partsOf(id) }])));
};

// Waits of a request are over at once, and all its steps are taken.
async function settle() {
  for (let step = 0; step < 40; step += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(2000);
  }
}

beforeEach(() => {
  requests = [];
  answers = [];
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => mock.timers.reset());

test("requests of one tick are one request", async () => {
  requestMessage("one");
  requestMessage("two");
  await settle();

  assert.deepEqual(requests, [["one", "two"]]);
  assert.equal(currentText("two"), "words of two");
});

test("the parts of a response are kept as they are", async () => {
  requestMessage("kept");
  await settle();

  assert.deepEqual(currentMessage("kept").parts, partsOf("kept"));
});

test("a message asked for twice is in the request once", async () => {
  requestMessage("twice");
  requestMessage("twice");
  await settle();

  assert.deepEqual(requests, [["twice"]]);
});

test("more than 200 messages are asked for in two requests", async () => {
  for (let number = 0; number < 201; number += 1) requestMessage(`many ${number}`);
  await settle();

  assert.deepEqual(
    requests.map((ids) => ids.length),
    [200, 1],
  );
  assert.equal(currentText("many 200"), "words of many 200");
});

test("messages left out of a response are asked for again", async () => {
  answers = [(ids) => ids.slice(0, 1)];
  requestMessage("in");
  requestMessage("left out");
  await settle();

  assert.deepEqual(requests, [["in", "left out"], ["left out"]]);
  assert.equal(currentText("left out"), "words of left out");
});

test("messages that do not exist fail after one request", async () => {
  answers = [() => []];
  requestMessage("gone");
  await settle();

  assert.equal(requests.length, 1);
  assert.equal(currentMessage("gone").failed, true);
});

test("a request that the server refuses is not repeated", async () => {
  answers = [404];
  requestMessage("refused");
  await settle();

  assert.equal(requests.length, 1);
  assert.equal(currentMessage("refused").failed, true);
});

test("a request that the server fails at is repeated", async () => {
  answers = [500, new TypeError("no network")];
  requestMessage("repeated");
  await settle();

  assert.equal(requests.length, 3);
  assert.equal(currentText("repeated"), "words of repeated");
});

test("a request that fails three times is given up", async () => {
  answers = [500, 500, 500];
  requestMessage("given up");
  await settle();

  assert.equal(requests.length, 3);
  assert.equal(currentMessage("given up").failed, true);
});

test("words fetched late do not replace a stream's", async () => {
  requestMessage("streamed");
  setFollowed("streamed", true);
  appendToMessage("streamed", "text", "newer");
  await settle();

  assert.equal(currentText("streamed"), "newer");
});

test("a failed request does not fail a streamed message", async () => {
  answers = [404];
  requestMessage("stream");
  setFollowed("stream", true);
  await settle();

  assert.equal(currentMessage("stream").failed, false);
});

test("failed messages are asked for again with the network", async () => {
  setFailed("offline", true);
  window.dispatchEvent(new Event("online"));
  await settle();

  assert.ok(requests.flat().includes("offline"));
  assert.equal(currentText("offline"), "words of offline");
  assert.equal(currentMessage("offline").failed, false);
});

test("a message asked for again has not failed meanwhile", () => {
  setFailed("again", true);
  requestMessage("again");

  assert.equal(currentMessage("again").failed, false);
});

test("a message being written is not fetched", async () => {
  ensureMessage("writing", { streaming: true });
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

test("a message sent from here is not fetched", async () => {
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
