import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bindings,
  isPressed,
  keyNames,
  problemWith,
  recorded,
  SHORTCUTS,
  worksWhileTyping,
} from "../../assets/ui/shortcuts.js";

const press = (key, code = "", held = {}) => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});
const CTRL = { ctrlKey: true };
const CTRL_SHIFT = { ctrlKey: true, shiftKey: true };

test("every shortcut has an id, a name and keys of its own", () => {
  for (const part of ["id", "name", "keys"]) {
    assert.equal(new Set(SHORTCUTS.map((each) => each[part])).size, SHORTCUTS.length);
  }
  for (const { id, keys } of SHORTCUTS) assert.equal(problemWith(id, keys, {}, false), "");
});

test("Mod is Ctrl, and Cmd on a Mac", () => {
  assert.equal(isPressed(press("k", "KeyK", CTRL), "Mod+K", false), true);
  assert.equal(isPressed(press("k", "KeyK", CTRL), "Mod+K", true), false);
  assert.equal(isPressed(press("k", "KeyK", { metaKey: true }), "Mod+K", true), true);
  assert.equal(keyNames("Mod+Shift+O", false), "Ctrl+Shift+O");
  assert.equal(keyNames("Mod+Shift+O", true), "⇧⌘O");
});

test("no other modifier may be held", () => {
  assert.equal(isPressed(press("K", "KeyK", CTRL_SHIFT), "Mod+K", false), false);
  assert.equal(isPressed(press("Escape", "Escape", { shiftKey: true }), "Escape", false), false);
  assert.equal(isPressed(press("Escape", "Escape", { shiftKey: true }), "Shift+Escape", false), true);
});

test("a layout without Latin letters has the same keys", () => {
  assert.equal(isPressed(press("л", "KeyK", CTRL), "Mod+K", false), true);
});

test("a Latin letter counts, not its place", () => {
  assert.equal(isPressed(press("t", "KeyK", CTRL), "Mod+K", false), false);
  assert.equal(isPressed(press("k", "KeyV", CTRL), "Mod+K", false), true);
});

test("a sign is found with Shift and without", () => {
  assert.equal(isPressed(press(":", "Semicolon", CTRL_SHIFT), "Mod+Shift+;", false), true);
  assert.equal(isPressed(press("/", "Digit7", CTRL_SHIFT), "Mod+/", false), true);
});

test("what is off is never pressed", () => {
  assert.equal(isPressed(press("", ""), "", false), false);
});

test("pressed keys are recorded as they are written", () => {
  assert.equal(recorded(press("Shift", "ShiftLeft", CTRL_SHIFT), false), "");
  assert.equal(recorded(press("K", "KeyK", CTRL_SHIFT), false), "Mod+Shift+K");
  assert.equal(recorded(press(":", "Semicolon", CTRL_SHIFT), false), "Mod+Shift+;");
});

test("keys of others, of the browser and of text fields are refused", () => {
  assert.match(problemWith("stop", "Mod+K", {}, false), /already used for “Search and commands”/);
  assert.equal(problemWith("stop", "Mod+K", { palette: "" }, false), "");
  assert.match(problemWith("stop", "Mod+T", {}, false), /belongs to the browser/);
  assert.match(problemWith("stop", "Enter", {}, false), /needed for writing/);
  assert.match(problemWith("stop", "ö", {}, false), /cannot be used/);
});

test("changed keys replace the defaults", () => {
  const keys = bindings({ palette: "Mod+J", stop: "" });

  assert.deepEqual([keys.palette, keys.stop, keys["new-chat"]], ["Mod+J", "", "Mod+Shift+O"]);
});

test("keys that type do not work while typing", () => {
  assert.deepEqual(["/", "Escape", "Mod+K", "F2", "ArrowUp"].map(worksWhileTyping), [
    false,
    true,
    true,
    true,
    false,
  ]);
});
