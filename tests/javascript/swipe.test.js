import assert from "node:assert/strict";
import { test } from "node:test";
import { swipeOf } from "../../assets/ui/swipe.js";

const at = (x, y = 300) => ({ x, y });

test("a swipe from the left edge opens the sidebar", () => {
  assert.equal(swipeOf(at(10), at(120), false), "open");
  assert.equal(swipeOf(at(100), at(300), false), null);
});

test("a swipe to the left closes it from anywhere", () => {
  assert.equal(swipeOf(at(250), at(100), true), "close");
  assert.equal(swipeOf(at(100), at(250), true), null);
});

test("short movements and scrolling do nothing", () => {
  assert.equal(swipeOf(at(10), at(60), false), null);
  assert.equal(swipeOf(at(10, 100), at(120, 300), false), null);
  assert.equal(swipeOf(at(250, 100), at(100, 300), true), null);
});
