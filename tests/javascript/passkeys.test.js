import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ask, Refused, reasonOf } from "../../assets/ui/passkeys.js";

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

const answering = (body, init) => {
  globalThis.fetch = async () => new Response(body, init);
};

test("an answer of the server is read as JSON", async () => {
  answering('{"id":"a"}');

  assert.deepEqual(await ask("api/passkeys"), { id: "a" });
});

test("a refusal has the reason of the server", async () => {
  answering('{"error":"Too many."}', { status: 400 });
  await assert.rejects(ask("api/passkeys"), new Refused("Too many."));

  answering("<html>", { status: 502 });
  await assert.rejects(ask("api/passkeys"), new Refused("The server answered with HTTP 502."));
});

test("a server that cannot be reached is named", async () => {
  globalThis.fetch = async () => {
    throw new TypeError("fetch failed");
  };

  await assert.rejects(ask("api/passkeys"), /could not be reached/);
});

test("what the browser refuses is said in words", () => {
  const reason = (name) => reasonOf(new DOMException("details", name), "nothing was done");

  assert.match(reason("NotAllowedError"), /not possible on this device, so nothing was done/);
  assert.match(reason("InvalidStateError"), /already has a passkey/);
  assert.match(reason("SecurityError"), /\(SecurityError\), so nothing was done/);
  assert.equal(reasonOf(new Refused("Too many."), "nothing was done"), "Too many.");
});
