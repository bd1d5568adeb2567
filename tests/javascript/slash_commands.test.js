import assert from "node:assert/strict";
import { test } from "node:test";
import { filledIn, variablesOf } from "../../assets/chat/prompt_text.js";
import { entriesFor } from "../../assets/chat/slash_commands.js";

const AROUND = {
  prompts: [
    { id: "1", name: "Summarise" },
    { id: "2", name: "Translate to Spanish" },
  ],
  models: [
    { id: "Loop:echo", name: "echo", provider: "Loop" },
    { id: "Mine:gpt", name: "gpt", provider: "Mine" },
  ],
  assistants: [
    { id: "1", name: "Cook", description: "Explains each step" },
    { id: "2", name: "Teacher", description: "" },
  ],
  inConversation: true,
  hasMessages: true,
  temporary: false,
};
const names = (text, around = {}) => entriesFor(text, { ...AROUND, ...around }).map(({ name }) => name);

test("a slash lists all commands and prompts", () => {
  assert.deepEqual(names("/"), [
    ..."/model /compare /system /share /export /branch /assistant /temporary".split(" "),
    "Summarise",
    "Translate to Spanish",
  ]);
});

test("commands and prompts match by their beginning", () => {
  assert.deepEqual(names("/s"), ["/system", "/share", "Summarise", "Translate to Spanish"]);
  assert.deepEqual(names("/TRANS"), ["Translate to Spanish"]);
  assert.deepEqual(names("/translate to"), ["Translate to Spanish"]);
});

test("a text that matches nothing has no list", () => {
  for (const text of ["", "hello", "/etc/passwd", "/ranslate", "/sha re", "/s\nmore", " /share"]) {
    assert.deepEqual(names(text), [], text);
  }
});

test("models are listed after the command", () => {
  assert.deepEqual(names("/model "), ["echo", "gpt"]);
  assert.deepEqual(entriesFor("/model gp", AROUND)[0].run, ["model", "Mine:gpt"]);
  assert.equal(entriesFor("/model zzz", AROUND)[0].disabled, true);
});

test("assistants are listed after the command, if there are any", () => {
  assert.deepEqual(names("/assistant "), ["Cook", "Teacher"]);
  assert.deepEqual(entriesFor("/assistant co", AROUND)[0].run, ["open", "/?assistant=1"]);
  assert.equal(entriesFor("/assistant zzz", AROUND)[0].disabled, true);
  assert.deepEqual(names("/assistant", { assistants: [] }), []);
});

test("the system prompt takes the rest, with its lines", () => {
  assert.deepEqual(entriesFor("/system Be brief.\nIn verse.", AROUND)[0].run, [
    "system",
    "Be brief.\nIn verse.",
  ]);
  assert.deepEqual(names("/system"), ["/system"]);
});

test("exports are chosen by format", () => {
  assert.deepEqual(names("/export"), ["Export as Markdown", "Export as JSON", "Export as HTML"]);
  assert.deepEqual(entriesFor("/export js", AROUND)[0].run, ["export", "json"]);
  assert.deepEqual(names("/export the data please"), []);
});

test("what has nothing to do is listed, but disabled", () => {
  const empty = entriesFor("/", { ...AROUND, inConversation: false, hasMessages: false });

  assert.deepEqual(
    empty.filter((each) => each.disabled).map(({ name }) => name),
    ["/share", "/export", "/branch"],
  );
  assert.equal(entriesFor("/share", { ...AROUND, temporary: true })[0].disabled, true);
});

test("variables are named once, in order", () => {
  assert.deepEqual(variablesOf("{{ b }} {{a c}} {{b}} {{язык}} {{}} {{x.y}} {single}"), ["b", "a c", "язык"]);
});

test("values replace their variables and nothing else", () => {
  assert.equal(filledIn("{{a}} {{ a }} {{b}} $&", { a: "$& {{b}}" }), "$& {{b}} $& {{b}} {{b}} $&");
});
