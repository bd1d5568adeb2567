import assert from "node:assert/strict";
import { test } from "node:test";
import { meaningOfScroll, positionOf, wantsOlder } from "../../assets/chat/following.js";
import { firstInSight, movedSince } from "../../assets/chat/reading_place.js";

const NOW = 10_000;
const IDLE = { at: 0, held: false };
const column = (scrollTop, scrollHeight = 2000) => ({ scrollTop, scrollHeight, clientHeight: 500 });
const follow = (now, before, gesture = IDLE) => meaningOfScroll(now, positionOf(before), gesture, NOW).follow;

test("a column scrolled up from the end stops following", () => {
  assert.equal(follow(column(1451), column(1500)), false);
});

test("a column scrolled up a little goes on as it was", () => {
  assert.equal(follow(column(1452), column(1500)), undefined);
});

test("a column pushed up by 2 px goes on as it was", () => {
  assert.equal(follow(column(998), column(1000)), undefined);
});

test("a column scrolled down short of the end stays away", () => {
  assert.equal(follow(column(1400), column(1000), { at: NOW, held: true }), undefined);
});

test("a reader who scrolls to the end turns following on", () => {
  assert.equal(follow(column(1452), column(1000), { at: NOW - 999, held: false }), true);
});

test("a reader who holds the scrollbar turns following on", () => {
  assert.equal(follow(column(1500), column(1000), { at: 0, held: true }), true);
});

test("a column at its end by itself does not follow", () => {
  assert.equal(follow(column(1500), column(1000), { at: NOW - 1000, held: false }), undefined);
});

test("a column that got shorter does not follow", () => {
  const reader = { at: NOW, held: true };

  assert.equal(follow(column(1000, 1500), column(1500), reader), undefined);
  assert.equal(meaningOfScroll(column(1000, 1500), positionOf(column(1500)), reader, NOW).shortened, true);
});

test("a reader follows who reaches a shorter column's end", () => {
  assert.equal(follow(column(960, 1500), column(900, 2000), { at: NOW, held: true }), true);
});

test("a column that got longer is resized, not shortened", () => {
  const { resized, shortened, scrolled } = meaningOfScroll(
    column(120, 2500),
    positionOf(column(100)),
    IDLE,
    NOW,
  );

  assert.deepEqual({ resized, shortened, scrolled }, { resized: true, shortened: false, scrolled: 20 });
});

test("older messages are wanted near the top only", () => {
  assert.equal(wantsOlder(column(599), false), true);
  assert.equal(wantsOlder(column(600), false), false);
});

test("older messages are not wanted while following", () => {
  assert.equal(wantsOlder(column(0), true), false);
});

// An element of `height` px at `top`, or one without a box where there is no height.
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

test("what is in sight is found down to a line", () => {
  const [before, line] = [box(90, 20), box(110, 20)];
  const message = box(80, 100, [before, line]);

  assert.deepEqual(firstInSight(box(115, 500), [box(0, 115), message]), [
    { element: line, top: -5 },
    { element: message, top: -35 },
  ]);
});

test("an element without a box stands for what is in it", () => {
  const line = box(110, 20);
  const message = box(100, 100, [box(0, 0, [line])]);

  assert.equal(firstInSight(box(105, 500), [message])[0].element, line);
});

test("nothing is in sight of a column without messages", () => {
  assert.deepEqual(firstInSight(box(0, 500), []), []);
});

test("what was read has moved with what is above it", () => {
  const line = box(110, 20);
  const places = firstInSight(box(100, 500), [line]);
  line.top += 300;

  assert.equal(movedSince(box(100, 500), places), 300);
});

test("what was read is found by its message when it is gone", () => {
  const line = box(110, 20);
  const message = box(100, 100, [line]);
  const places = firstInSight(box(100, 500), [message]);
  line.isConnected = false;
  line.top = 900;
  message.top = 150;

  assert.equal(movedSince(box(100, 500), places), 50);
});

test("nothing has moved when all that was read is gone", () => {
  assert.equal(movedSince(box(100, 500), []), 0);
});
