import assert from "node:assert/strict";
import { test } from "node:test";
import { groupsOf } from "../../assets/ui/model_groups.js";
import { ranked } from "../../assets/ui/rank.js";

const order = (texts, query) => ranked(texts, query, (text) => [text]).map(({ item }) => item);

test("exact, beginning, word and middle rank in this order", () => {
  const texts = ["regpt", "my gpt", "gpt-4", "gpt"];

  assert.deepEqual(order(texts, "gpt"), ["gpt", "gpt-4", "my gpt", "regpt"]);
});

test("equal matches keep their order", () => {
  assert.deepEqual(order(["b1", "b2", "b3"], "b"), ["b1", "b2", "b3"]);
});

test("every word has to match, in any order", () => {
  assert.deepEqual(order(["export as JSON", "export as HTML"], "json exp"), ["export as JSON"]);
});

test("accents and capitals do not matter", () => {
  assert.deepEqual(order(["Éclair", "other"], "ECLAIR"), ["Éclair"]);
});

test("scattered letters count if nothing else matches", () => {
  assert.deepEqual(order(["new chat", "archive"], "nwct"), ["new chat"]);
  assert.deepEqual(order(["new chat", "n.w.c.t", "nwct"], "nwct"), ["nwct"]);
});

test("an empty query keeps all", () => {
  assert.deepEqual(order(["a", "b"], " "), ["a", "b"]);
});

const model = (id) => ({ id, provider: id.split(":")[0], name: id.split(":")[1] });
const MODELS = ["Auto:auto", "FreeGpt:gemini", "FreeGpt:llama", "Loop:echo", "Mine:my-gpt", "Mine:gpt-5"].map(
  model,
);
const grouped = (query, favourites = [], recent = []) =>
  groupsOf(MODELS, query, { favourites, recent }).map(({ title, models }) => [
    title,
    ...models.map((m) => m.id),
  ]);

test("names of models rank before those of providers", () => {
  assert.deepEqual(grouped("gpt"), [["", "Mine:gpt-5", "Mine:my-gpt", "FreeGpt:gemini", "FreeGpt:llama"]]);
});

test("models are grouped, each in one group", () => {
  assert.deepEqual(grouped("", ["Loop:echo", "Gone:x"], ["Mine:gpt-5", "Loop:echo", "Auto:auto"]), [
    ["", "Auto:auto"],
    ["Favourites", "Loop:echo"],
    ["Recently used", "Mine:gpt-5"],
    ["FreeGpt", "FreeGpt:gemini", "FreeGpt:llama"],
    ["Mine", "Mine:my-gpt"],
  ]);
});

test("favourites and recent ones win among equal matches", () => {
  assert.deepEqual(grouped("free", ["FreeGpt:llama"])[0], ["", "FreeGpt:llama", "FreeGpt:gemini"]);
});

test("provider and model are found together", () => {
  assert.equal(grouped("loop:ec")[0][1], "Loop:echo");
  assert.equal(grouped("mine gpt")[0][1], "Mine:gpt-5");
});
