import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { textOf } from "../../assets/chat/message_parts.js";
import { requestMessage } from "../../assets/chat/message_requests.js";
import { currentMessage } from "../../assets/chat/message_store.js";
import { messagesAddress, prefetchMessages, takePrefetched } from "../../assets/ui/conversation_prefetch.js";

let address = "";
let talks = 0;
const found = (...ids) => Object.fromEntries(ids.map((id) => [id, { parts: [{ type: "text", text: id }] }]));
let requests = [];
let response = () => Response.json({});

globalThis.fetch = async (asked) => {
  requests.push(asked);
  return response(asked);
};

async function settle() {
  for (let step = 0; step < 20; step += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  talks += 1;
  address = `/api/conversations/talk${talks}/messages?around=`;
  requests = [];
  response = () => Response.json(found("first", "second"));
});

afterEach(() => mock.restoreAll());

test("only links to conversations have messages", () => {
  const expected = "/api/conversations/talk/messages?around=";
  assert.equal(messagesAddress("http://host/c/talk"), expected);
  assert.equal(messagesAddress("http://host/c/talk/?message=one&q=x"), `${expected}one`);
  for (const path of ["/", "/history", "/c/", "/c/talk/more", "/share/c/talk"])
    assert.equal(messagesAddress(`http://host${path}`), null);
});

test("messages fetched by a press are not requested again", async () => {
  prefetchMessages(address);
  requestMessage("first");
  requestMessage("second");
  await settle();

  assert.deepEqual(requests, [address]);
  assert.equal(textOf(currentMessage("second").parts), "second");
});

test("what the press did not fetch is requested", async () => {
  prefetchMessages(address);
  requestMessage("first");
  requestMessage("third");
  response = () => Response.json(found("third"));
  await settle();

  assert.deepEqual(requests, [address, "/api/messages?ids=third"]);
  assert.equal(textOf(currentMessage("third").parts), "third");
});

test("a failed prefetch leaves everything to the request", async () => {
  response = () => {
    response = () => Response.json(found("fourth"));
    throw new TypeError("Failed to fetch");
  };
  prefetchMessages(address);
  requestMessage("fourth");
  await settle();

  assert.equal(requests.length, 2);
  assert.equal(textOf(currentMessage("fourth").parts), "fourth");
});

test("a press and its click fetch once, and what is old is dropped", async () => {
  let now = 0;
  mock.method(performance, "now", () => now);
  prefetchMessages(address);
  prefetchMessages(address);
  assert.equal(requests.length, 1);
  now = 5001;

  assert.deepEqual(await takePrefetched(), {});
});

test("a conversation that the page has is not fetched by another press", async () => {
  prefetchMessages(address);
  requestMessage("first");
  await settle();
  prefetchMessages(address);

  assert.deepEqual(requests, [address]);
});
