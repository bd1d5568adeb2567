import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeStorage } from "./browser.js";

/** An upload; the test says how it ends. */
class FakeRequest {
  static sent = [];
  upload = {};

  open(method, address) {
    Object.assign(this, { method, address });
  }

  send(blob) {
    this.blob = blob;
    FakeRequest.sent.push(this);
    for (const wake of waking.splice(0)) wake();
  }

  answer(status, content) {
    Object.assign(this, { status, responseText: JSON.stringify(content) });
    this.onload();
    this.onloadend();
  }

  fail() {
    this.onerror();
    this.onloadend();
  }

  abort() {
    this.aborted = true;
    this.onabort();
    this.onloadend();
  }
}

/** A worker that makes every picture smaller, except one that it cannot open. */
class FakeWorker {
  postMessage({ id, file }) {
    const blob = new Blob(["small"], { type: "image/jpeg" });
    const result = file.size === BROKEN ? null : { blob, width: 20, height: 10 };
    queueMicrotask(() => this.onmessage({ data: { id, result } }));
  }
}

const waking = [];
const BROKEN = 6;
const PICTURE = "\xff\xd8\xff photo";
const answers = []; // to fetch
const asked = [];
Object.assign(globalThis, {
  XMLHttpRequest: FakeRequest,
  Worker: FakeWorker,
  fetch: async (address, { method = "GET", body } = {}) => {
    asked.push([method, address, body]);
    const [status, content] = answers.shift() ?? [204, undefined];
    return new Response(content && JSON.stringify(content), { status });
  },
});

const { attachmentsOf, dropAttachments, listOfEdit } = await import("../../assets/chat/attachment_list.js");
const actions = await import("../../assets/chat/attachments.js");
const { canRetry, resumeUploads, retryAttachment } = await import("../../assets/chat/attachment_upload.js");

const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const file = (name, content = "words", type = "") => new File([bytes(content)], name, { type });
const described = (more = {}) => ({
  ...{
    id: "f1",
    name: "notes.txt",
    kind: "document",
    media_type: "text/plain",
    size: 5,
    width: 0,
    height: 0,
  },
  ...{ tokens: 2, state: "ready", problem: "" },
  ...more,
});
const list = () => attachmentsOf("c");
const states = () => list().map(({ state }) => state);

/** The next upload. */
async function upload() {
  while (!FakeRequest.sent.length) await new Promise((resolve) => waking.push(resolve));
  return FakeRequest.sent.shift();
}

/** Waits for a change that follows of itself. */
async function until(check) {
  for (let times = 0; times < 200 && !check(); times += 1) await new Promise(setImmediate);
  assert.ok(check());
}

beforeEach(async () => {
  for (const { key } of list()) actions.removeAttachment(key);
  await new Promise(setImmediate); // what was running has ended
  globalThis.localStorage = new FakeStorage();
  for (const calls of [answers, asked, FakeRequest.sent]) calls.length = 0;
});

test("a document is uploaded as it is, and is ready", async () => {
  actions.attach("c", [file("notes für alle.txt")]);
  const request = await upload();
  request.upload.onprogress({ loaded: 1, total: 4 });
  assert.deepEqual([states()[0], list()[0].progress], ["uploading", 0.25]);
  request.answer(201, described());
  await until(() => states()[0] === "ready");

  assert.equal(request.address, "/api/files?name=notes%20f%C3%BCr%20alle.txt");
  assert.equal(await request.blob.text(), "words");
  assert.equal(list()[0].tokens, 2);
});

test("a picture is on screen at once, and a smaller one is uploaded", async () => {
  actions.attach("c", [file("photo.heic", PICTURE, "image/heic")]);
  assert.match(list()[0].preview, /^blob:/);
  const request = await upload();

  assert.equal(await request.blob.text(), "small");
  assert.equal(request.address, "/api/files?name=photo.jpg");
  const { name, size, width, height } = list()[0];
  assert.deepEqual([name, size, width, height], ["photo.jpg", 5, 20, 10]);
});

for (const [what, content, words] of [
  ["empty", "", /empty/],
  ["neither picture nor document", "\x7fELF\0", /neither a picture nor a document/],
  ["a picture that the browser cannot open", "\xff\xd8\xffbad", /cannot open this picture/],
]) {
  test(`what is ${what} is not uploaded`, async () => {
    actions.attach("c", [file("name", content)]);
    await until(() => states()[0] === "failed");

    assert.match(list()[0].problem, words);
    assert.equal(canRetry(list()[0]), false);
    assert.equal(FakeRequest.sent.length, 0);
  });
}

test("a message has at most ten files", () => {
  const files = Array.from({ length: 8 }, (_, at) => file(`${at}.txt`));

  assert.equal(actions.attach("c", files), 0);
  assert.equal(actions.attach("c", files), 6);
  assert.equal(list().length, 10);
});

test("two files are uploaded at a time", async () => {
  actions.attach(
    "c",
    ["a", "b", "c"].map((name) => file(name)),
  );
  const [first] = [await upload(), await upload()];
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(FakeRequest.sent.length, 0);
  first.answer(201, described());

  assert.equal((await upload()).address, "/api/files?name=c");
});

test("an upload that failed can be repeated", async () => {
  actions.attach("c", [file("a")]);
  (await upload()).answer(429, { error: "Too many at once." });
  await until(() => states()[0] === "failed");
  const [failed] = list();
  assert.deepEqual([failed.problem, failed.interrupted], ["Too many at once.", false]);
  assert.equal(canRetry(failed), true);
  retryAttachment(failed.key);
  (await upload()).answer(201, described());

  await until(() => states()[0] === "ready");
});

test("what the server refuses for good is not offered again", async () => {
  actions.attach("c", [file("a")]);
  (await upload()).answer(415, { error: "Not this kind." });
  await until(() => states()[0] === "failed");

  assert.equal(canRetry(list()[0]), false);
});

test("an interrupted upload goes on with the connection", async () => {
  actions.attach("c", [file("a")]);
  (await upload()).fail();
  await until(() => states()[0] === "failed");
  assert.equal(list()[0].interrupted, true);
  resumeUploads();
  (await upload()).answer(201, described());

  await until(() => states()[0] === "ready");
});

test("a document is asked about until it was read", async () => {
  answers.push([200, described({ state: "reading" })], [200, described({ tokens: 90, problem: "Cut." })]);
  actions.attach("c", [file("plan.pdf", "%PDF-1.7")]);
  (await upload()).answer(201, described({ state: "reading", tokens: 0 }));
  await until(() => states()[0] === "reading");
  while (states()[0] === "reading") await new Promise((resolve) => setTimeout(resolve, 20));

  assert.deepEqual([states()[0], list()[0].tokens, list()[0].problem], ["ready", 90, "Cut."]);
});

test("a removed file leaves the list and the server", async () => {
  actions.attach("c", [file("a"), file("b")]);
  const [first, second] = [await upload(), await upload()];
  first.answer(201, described());
  await until(() => states()[0] === "ready");
  for (const { key } of list()) actions.removeAttachment(key);

  assert.deepEqual(list(), []);
  assert.deepEqual(asked, [["DELETE", "/api/files/f1", undefined]]);
  assert.equal(second.aborted, true);
});

test("a file that arrives after it was removed is removed from the server", async () => {
  actions.attach("c", [file("a")]);
  const request = await upload();
  request.abort = () => {}; // too late
  actions.removeAttachment(list()[0].key);
  request.answer(201, described({ id: "late" }));
  await until(() => asked.length);

  assert.deepEqual(asked, [["DELETE", "/api/files/late", undefined]]);
});

test("uploaded files are there after a reload, and one that the server has lost says so", async () => {
  actions.returnAttachments("c", [
    described({ type: "file", cut: 1 }),
    described({ type: "file", id: "f2" }),
  ]);
  const stored = localStorage.getItem("webchat.files.c");
  dropAttachments(list().map(({ key }) => key));
  localStorage.setItem("webchat.files.c", stored);
  answers.push([200, described()], [404, { error: "No such file." }]);
  actions.restoreAttachments("c");
  await until(() => states()[1] === "failed");

  assert.deepEqual(states(), ["ready", "failed"]);
  assert.deepEqual([list()[0].id, list()[0].cut], ["f1", 1]);
  assert.match(list()[1].problem, /no longer has this file/);
});

test("the files of a message that is sent leave the list and the storage", async () => {
  actions.returnAttachments("c", [described({ type: "file", cut: null })]);
  const { state, problem, ...part } = described({ type: "file", cut: null });

  assert.deepEqual(actions.takeAttachments("c"), [part]);
  assert.deepEqual(list(), []);
  assert.equal(localStorage.values.size, 0);
});

test("files attached before the first message belong to the conversation that it begins", async () => {
  actions.attach("", [file("a")]);
  actions.moveAttachments("c");
  (await upload()).answer(201, described());

  await until(() => states()[0] === "ready");
  assert.deepEqual(attachmentsOf(""), []);
});

test("the files that an edit adds count with those it has and are not kept over a reload", async () => {
  const list = listOfEdit("m");
  assert.equal(actions.attach(list, [file("a"), file("b")], 9), 1);
  (await upload()).answer(201, described());
  await until(() => attachmentsOf(list)[0].state === "ready");

  assert.equal(attachmentsOf(list).length, 1);
  assert.equal(localStorage.values.size, 0);
  actions.removeAttachment(attachmentsOf(list)[0].key);
  assert.deepEqual(asked.at(-1).slice(0, 2), ["DELETE", "/api/files/f1"]);
});
