import assert from "node:assert/strict";
import { test } from "node:test";

// A page in Russian, as webchat/hosting/page_languages.py makes it.
globalThis.webchatWords = {
  language: "ru",
  plural: (n) => (n % 10 === 1 && n % 100 !== 11 ? 0 : n % 10 >= 2 && n % 10 <= 4 ? 1 : 2),
  messages: {
    "New chat": "Новый чат",
    "Copied {name}.": "Скопировано: {name}.",
    "{count} message": ["{count} сообщение", "{count} сообщения", "{count} сообщений"],
    "verb\u0004Archive": "В архив",
  },
};
const { language, ngettext, pgettext, t } = await import("../../assets/ui/words.js?in-russian");
delete globalThis.webchatWords;
const english = await import("../../assets/ui/words.js?in-english");

test("a message is in the language of the page", () => {
  assert.equal(language, "ru");
  assert.equal(t("New chat"), "Новый чат");
  assert.equal(english.t("New chat"), "New chat");
});

test("placeholders are filled, each once", () => {
  assert.equal(t("Copied {name}.", { name: "{name} $& {other}" }), "Скопировано: {name} $& {other}.");
  assert.equal(english.t("Copied {name}.", { name: "a" }), "Copied a.");
});

test("what is counted has the form of the language", () => {
  const said = [1, 3, 5, 21].map((count) => ngettext("{count} message", "{count} messages", count));
  assert.deepEqual(said, ["1 сообщение", "3 сообщения", "5 сообщений", "21 сообщение"]);
  assert.equal(english.ngettext("{count} message", "{count} messages", 1), "1 message");
  assert.equal(english.ngettext("{count} message", "{count} messages", 0), "0 messages");
});

test("a context tells words apart that are the same in English", () => {
  assert.equal(pgettext("verb", "Archive"), "В архив");
  assert.equal(pgettext("noun", "Archive"), "Archive");
});

test("what is not translated is English", () => {
  assert.equal(t("Not yet"), "Not yet");
  assert.equal(ngettext("{count} view", "{count} views", 22), "22 views");
});
