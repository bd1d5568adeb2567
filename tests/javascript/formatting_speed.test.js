import assert from "node:assert/strict";
import { test } from "node:test";

let loaded = 0;

// As on a page that was just loaded.
function freshSpeed() {
  loaded += 1;
  return import(`../../assets/markdown/formatting_speed.js?load=${loaded}`);
}

test("a page just loaded formats as a slow computer does", async () => {
  const { FIRST_STEP, stepCost } = await freshSpeed();

  assert.equal(stepCost(), 24_000);
  assert.equal(FIRST_STEP, 24_000);
});

test("a fast computer is believed step by step", async () => {
  const { noteSpeed, stepCost } = await freshSpeed();
  noteSpeed(20_000, 10);
  assert.equal(stepCost(), ((600 + 2000) / 2) * 40);

  noteSpeed(20_000, 10);
  assert.equal(stepCost(), ((1300 + 2000) / 2) * 40);
});

test("a computer that got slower is believed at once", async () => {
  const { noteSpeed, stepCost } = await freshSpeed();
  for (let time = 0; time < 20; time += 1) noteSpeed(20_000, 5);
  noteSpeed(20_000, 20);

  assert.equal(stepCost(), 1000 * 40);
});

test("no computer is slower than the slowest", async () => {
  const { noteSpeed, stepCost } = await freshSpeed();
  noteSpeed(20_000, 100_000);

  assert.equal(stepCost(), 600 * 40);
});

test("no computer is faster than the fastest", async () => {
  const { noteSpeed, stepCost } = await freshSpeed();
  for (let time = 0; time < 60; time += 1) noteSpeed(1e9, 0);

  assert.equal(Math.round(stepCost()), 4000 * 40);
});

test("little work says nothing about the speed", async () => {
  const { noteSpeed, stepCost } = await freshSpeed();
  noteSpeed(19_999, 1);

  assert.equal(stepCost(), 24_000);
});
