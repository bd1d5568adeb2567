import assert from "node:assert/strict";
import { test } from "node:test";
import { announcements, endOfSentences, pageAnnouncements, spoken } from "../../assets/chat/announcements.js";

const said = (text, from = 0, ended = false) => text.slice(from, endOfSentences(text, from, ended));

test("whole sentences are announced", () => {
  assert.equal(said("One. Two? Thr"), "One. Two? ");
  assert.equal(said("One. Two? Three", 5), "Two? ");
  assert.equal(said("# Title\nText"), "# Title\n");
  assert.equal(said("Он ушёл. Она"), "Он ушёл. ");
});

test("what may go on is not the end of a sentence", () => {
  assert.equal(said("Version 1."), "");
  assert.equal(said("Version 1.5 is"), "");
});

test("at the end of the answer the rest is announced", () => {
  assert.equal(said("One. Two", 5, true), "Two");
});

test("marks of Markdown are not read aloud", () => {
  assert.equal(spoken("## A *title*\n- [link](https://example.org) and `code`"), "A title\nlink and code");
  assert.equal(spoken("```python\nprint(1)\n```"), "print(1)");
});

/** What is said of these answers, each `[id, name, streaming, text]`. */
function say(announced, ...answers) {
  const texts = new Map(answers.map(([id, , , text]) => [id, text]));
  announced.follow(answers.map(([id, name, streaming]) => ({ id, name, streaming })));
  return announced.next((id) => texts.get(id));
}

test("each compared answer is announced with its model's name, from where it was left", () => {
  const announced = announcements();
  assert.equal(say(announced, ["a", "Ada", true, "One. Tw"], ["b", "Bea", true, "Fi"]), "Ada: One.");
  assert.equal(
    say(announced, ["a", "Ada", true, "One. Two. Th"], ["b", "Bea", false, "First"]),
    "Ada: Two.\nBea: First",
  );
  assert.equal(
    say(announced, ["a", "Ada", false, "One. Two. Three"], ["b", "Bea", false, "First"]),
    "Ada: Three",
  );
  assert.equal(say(announced, ["a", "Ada", false, "One. Two. Three"], ["b", "Bea", false, "First"]), "");
});

test("an answer that stands alone is announced without a name", () => {
  assert.equal(say(announcements(), ["a", "", true, "One. Tw"]), "One.");
});

test("answers that had ended before are not announced", () => {
  assert.equal(say(announcements(), ["a", "Ada", false, "One."], ["b", "Bea", true, "Two. "]), "");
});

test("an answer that ends before anything was said of it is announced", () => {
  const announced = announcements();
  announced.follow([{ id: "a", name: "Ada", streaming: true }]);
  assert.equal(say(announced, ["a", "Ada", false, "One. Two"]), "Ada: One. Two");
});

test("an answer to a sent message is announced even if it had ended before the page heard of it", () => {
  const announced = announcements();
  assert.equal(say(announced, ["a", "", false, "One."]), "");
  announced.expect();
  assert.equal(say(announced, ["a", "", false, "One."]), "");
  assert.equal(
    say(announced, ["b", "Bea", false, "Two."], ["c", "Cid", true, "Three. Fo"]),
    "Bea: Two.\nCid: Three.",
  );
  assert.equal(say(announced, ["d", "", false, "Another branch."]), "");
});

test("the answer of a new conversation is announced, though its transcript comes after it", () => {
  assert.equal(say(pageAnnouncements), "");
  pageAnnouncements.expect();
  assert.equal(say(pageAnnouncements), "");
  assert.equal(say(pageAnnouncements, ["a", "Ada", true, "On"], ["b", "Bea", false, "Two."]), "Bea: Two.");
});
