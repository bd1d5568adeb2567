import assert from "node:assert/strict";
import { test } from "node:test";
import { interpretScroll, positionOf, shouldLoadOlder } from "../../assets/chat/following.js";
import { anchorShift, findAnchors } from "../../assets/chat/reading_place.js";

const NOW = 10_000;
const IDLE = { at: 0, held: false };
const scroller = (scrollTop, scrollHeight = 2000) => ({ scrollTop, scrollHeight, clientHeight: 500 });
const follow = (now, before, gesture = IDLE) => interpretScroll(now, positionOf(before), gesture, NOW).follow;

test("scrolling up from the end stops following", () => {
  assert.equal(follow(scroller(1451), scroller(1500)), false);
});

test("scrolling up a little changes nothing", () => {
  assert.equal(follow(scroller(1452), scroller(1500)), undefined);
});

test("a shift of 2 px changes nothing", () => {
  assert.equal(follow(scroller(998), scroller(1000)), undefined);
});

test("scrolling down, but not to the end, does not start following", () => {
  assert.equal(follow(scroller(1400), scroller(1000), { at: NOW, held: true }), undefined);
});

test("scrolling to the end starts following", () => {
  assert.equal(follow(scroller(1452), scroller(1000), { at: NOW - 999, held: false }), true);
});

test("dragging the scrollbar to the end starts following", () => {
  assert.equal(follow(scroller(1500), scroller(1000), { at: 0, held: true }), true);
});

test("reaching the end without input does not start following", () => {
  assert.equal(follow(scroller(1500), scroller(1000), { at: NOW - 1000, held: false }), undefined);
});

test("shorter content does not start following", () => {
  const reader = { at: NOW, held: true };

  assert.equal(follow(scroller(1000, 1500), scroller(1500), reader), undefined);
  assert.equal(
    interpretScroll(scroller(1000, 1500), positionOf(scroller(1500)), reader, NOW).shortened,
    true,
  );
});

test("scrolling to the end of shorter content starts following", () => {
  assert.equal(follow(scroller(960, 1500), scroller(900, 2000), { at: NOW, held: true }), true);
});

test("longer content is resized, not shortened", () => {
  const { resized, shortened, scrolled } = interpretScroll(
    scroller(120, 2500),
    positionOf(scroller(100)),
    IDLE,
    NOW,
  );

  assert.deepEqual({ resized, shortened, scrolled }, { resized: true, shortened: false, scrolled: 20 });
});

test("older messages are loaded near the top only", () => {
  assert.equal(shouldLoadOlder(scroller(599), false), true);
  assert.equal(shouldLoadOlder(scroller(600), false), false);
});

test("older messages are not loaded at the end of what fills the screen", () => {
  assert.equal(shouldLoadOlder(scroller(0, 549), true), false);
});

test("older messages are loaded where there is nothing to scroll", () => {
  assert.equal(shouldLoadOlder(scroller(0, 500), true), true);
  assert.equal(shouldLoadOlder(scroller(0, 548), true), true);
});

// An element of `height` px at `top`; without a box if the height is 0.
function box(top, height, children = []) {
  const element = {
    top,
    children,
    isConnected: true,
    getBoundingClientRect: () => ({ top: element.top, bottom: element.top + height }),
    getClientRects: () => (height ? [{}] : []),
  };
  return element;
}

test("anchors are found from the message down to a line", () => {
  const [before, line] = [box(90, 20), box(110, 20)];
  const message = box(80, 100, [before, line]);

  assert.deepEqual(findAnchors(box(115, 500), [box(0, 115), message]), [
    { element: line, top: -5 },
    { element: message, top: -35 },
  ]);
});

test("an element without a box is replaced by its children", () => {
  const line = box(110, 20);
  const message = box(100, 100, [box(0, 0, [line])]);

  assert.equal(findAnchors(box(105, 500), [message])[0].element, line);
});

test("there are no anchors without messages", () => {
  assert.deepEqual(findAnchors(box(0, 500), []), []);
});

test("anchors shift with the content above them", () => {
  const line = box(110, 20);
  const anchors = findAnchors(box(100, 500), [line]);
  line.top += 300;

  assert.equal(anchorShift(box(100, 500), anchors), 300);
});

test("a removed anchor is replaced by its message", () => {
  const line = box(110, 20);
  const message = box(100, 100, [line]);
  const anchors = findAnchors(box(100, 500), [message]);
  line.isConnected = false;
  line.top = 900;
  message.top = 150;

  assert.equal(anchorShift(box(100, 500), anchors), 50);
});

test("the shift without anchors is 0", () => {
  assert.equal(anchorShift(box(100, 500), []), 0);
});
