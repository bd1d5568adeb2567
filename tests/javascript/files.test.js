import assert from "node:assert/strict";
import { test } from "node:test";
import { cutText, typedCut } from "../../assets/chat/document_cut.js";
import { factsOf, kindOf, problemWith } from "../../assets/chat/file_kinds.js";
import { pastedFiles } from "../../assets/chat/pasted_files.js";
import { attempts, fitted, MOST_BYTES, renamed } from "../../assets/chat/picture_scaling.js";
import { blindModel, chosenModel } from "../../assets/chat/seeing_models.js";
import { sizeText } from "../../assets/chat/sizes.js";
import { thumbnailSize } from "../../assets/chat/thumbnail_size.js";
import { turns } from "../../assets/chat/turns.js";

const head = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

for (const [what, text, kind] of [
  ["a JPEG", "\xff\xd8\xff\xe0\0\x10JFIF", "picture"],
  ["a PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"],
  ["a WebP", "RIFF\x10\0\0\0WEBPVP8 ", "picture"],
  ["a picture of an iPhone", "\0\0\0\x18ftypheic\0\0\0\0", "picture"],
  ["a PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0\0", "document"],
  ["an Office file", "PK\x03\x04\x14\0\x06\0", "document"],
  ["text", "Hello\n", "document"],
  ["text in UTF-16", "\xff\xfeH\0i\0", "document"],
  ["SVG, which is text", '<svg xmlns="http://www.w3.org/2000/svg"/>', "document"],
  ["a program", "\x7fELF\x02\x01\x01\0\0", null],
  ["a film", "\0\0\0\x18ftypmp42\0\0\0\0", null],
]) {
  test(`${what} is known by its content`, () => {
    assert.equal(kindOf(head(text)), kind);
  });
}

test("what cannot be attached is refused in words", () => {
  const MB = 1024 * 1024;

  assert.equal(problemWith("picture", 20 * MB), "");
  assert.equal(problemWith("document", 50 * MB), "");
  assert.match(problemWith("picture", 20 * MB + 1), /picture is 20.1 MB; the limit is 20 MB/);
  assert.match(problemWith("document", 61 * MB), /document is 61 MB; the limit is 50 MB/);
  assert.match(problemWith("document", 0), /empty/);
  assert.match(problemWith(null, 10), /neither a picture nor a document/);
});

test("sizes and tokens are written as people read them", () => {
  const MB = 1024 * 1024;
  assert.deepEqual(
    [1, 1023, 1024, 999 * 1024, 999.5 * 1024, 1.25 * MB, 20 * MB, 3.5 * 1024 * MB].map(sizeText),
    ["1 B", "1,023 B", "1 KB", "999 KB", "1 MB", "1.3 MB", "20 MB", "3.5 GB"],
  );
  const file = { kind: "document", size: 2048, tokens: 3400, cut: null };

  assert.equal(factsOf(file), "2 KB · 3,400 tokens");
  assert.equal(factsOf({ ...file, cut: 1000 }), "2 KB · 1,000 of 3,400 tokens");
  assert.equal(factsOf({ ...file, kind: "picture" }), "2 KB");
});

test("a picture fits into 2048 pixels and keeps its shape", () => {
  assert.deepEqual(fitted({ width: 4096, height: 1024 }), { width: 2048, height: 512 });
  assert.deepEqual(fitted({ width: 300, height: 200 }), { width: 300, height: 200 });
  assert.deepEqual(fitted({ width: 60_000, height: 2 }), { width: 2048, height: 1 });
});

test("a photo is written as JPEG, worse and then smaller each time", () => {
  const tried = [...attempts("image/jpeg", { width: 4000, height: 3000 })];

  assert.ok(tried.every(({ type }) => type === "image/jpeg"));
  assert.ok(tried.every((each, at) => !at || each.size.width <= tried[at - 1].size.width));
  assert.deepEqual(tried[0], { type: "image/jpeg", quality: 0.9, size: { width: 2048, height: 1536 } });
  assert.ok(tried.at(-1).size.width * tried.at(-1).size.height * 4 < MOST_BYTES); // small enough without compression
});

test("a screenshot is written as PNG if that is small enough", () => {
  const [first, second] = attempts("image/png", { width: 800, height: 600 });

  assert.deepEqual(first, { type: "image/png", size: { width: 800, height: 600 } });
  assert.equal(second.type, "image/jpeg");
});

test("a picture in another format gets the ending of that format", () => {
  assert.equal(renamed("photo.heic", "image/jpeg"), "photo.jpg");
  assert.equal(renamed("photo.JPEG", "image/jpeg"), "photo.JPEG");
  assert.equal(renamed("version 1.2 final", "image/png"), "version 1.2 final.png");
});

test("a text is cut where its tokens are", () => {
  assert.deepEqual(cutText("0123456789", 5, 2), ["0123", "456789"]);
  assert.deepEqual(cutText("01 3456789", 5, 2), ["01 ", "3456789"]);
  assert.deepEqual(cutText("0123456789", 5, null), ["0123456789", ""]);
  assert.deepEqual(cutText("0123456789", 5, 9), ["0123456789", ""]);
});

test("typed numbers of tokens", () => {
  assert.equal(typedCut("1,200", 5000), 1200);
  assert.equal(typedCut("", 5000), null);
  assert.equal(typedCut("5000", 5000), null);
  for (const wrong of ["0", "-3", "many", "1e9", "9".repeat(30)])
    assert.equal(typedCut(wrong, 5000), undefined);
});

const clipboard = (types, ...names) => ({ types, files: names.map((name) => new File(["x"], name)) });

test("a pasted picture is a file with a name", () => {
  assert.deepEqual(
    pastedFiles(clipboard(["Files"], "image.png", "plan.pdf")).map(({ name }) => name),
    ["Pasted picture.png", "plan.pdf"],
  );
  assert.equal(pastedFiles(clipboard(["text/html", "Files"], "image.png")).length, 1);
});

test("cells of a spreadsheet are pasted as text, although their picture is there too", () => {
  assert.deepEqual(pastedFiles(clipboard(["text/plain", "text/html", "text/rtf", "Files"], "image.png")), []);
  assert.deepEqual(pastedFiles(clipboard(["text/plain"])), []);
  assert.deepEqual(pastedFiles(null), []);
});

test("a model that may not see is named, and one that does is offered", () => {
  const blind = { id: "A:one", name: "one", provider: "A", sees: false };
  const seeing = { id: "B:two", name: "two", provider: "B", sees: true };
  const picture = { kind: "picture" };
  const chosen = { id: "A:one", sees: false, takesPictures: true };
  const said = (models, about, files) => {
    const found = blindModel(models, { ...chosen, ...about }, files);
    return found && [found.words, found.other?.id];
  };

  assert.deepEqual(said([blind, seeing], {}, [picture]), ["one is not known to see pictures.", "B:two"]);
  assert.deepEqual(said([blind], { takesPictures: false }, [picture]), [
    "one cannot see pictures.",
    undefined,
  ]);
  assert.equal(said([blind, seeing], { id: "B:two", sees: true }, [picture]), null);
  assert.equal(said([blind, seeing], {}, [{ kind: "document" }]), null);
  assert.equal(said([], {}, [picture]), null);
  assert.equal(chosenModel([blind, seeing], ["B:two", "A:one"], chosen).id, "A:one");
  assert.equal(said([blind, seeing], chosenModel([blind, seeing], ["B:two"], chosen), [picture]), null);
});

test("a thumbnail has its size before its picture is there", () => {
  assert.deepEqual(thumbnailSize(2048, 1024), { width: 256, height: 128 });
  assert.deepEqual(thumbnailSize(1, 1), { width: 64, height: 64 });
  assert.deepEqual(thumbnailSize(0, 0), { width: 256, height: 208 });
});

test("tasks take turns", async () => {
  const run = turns(2);
  const begun = [];
  const ends = [];
  const task = (name) => () => {
    begun.push(name);
    return new Promise((resolve, reject) => ends.push({ resolve, reject }));
  };
  const done = ["a", "b", "c", "d"].map((name) => run(task(name)).catch((error) => error.message));
  await Promise.resolve();
  assert.deepEqual(begun, ["a", "b"]);
  ends[0].reject(new Error("broken"));
  await done[0];
  await new Promise(setImmediate);
  assert.deepEqual(begun, ["a", "b", "c"]);
  ends[1].resolve();
  ends[2].resolve();
  await done[2];
  await new Promise(setImmediate);
  ends[3].resolve("last");

  assert.deepEqual(await Promise.all(done), ["broken", undefined, undefined, "last"]);
});
