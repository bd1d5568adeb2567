import assert from "node:assert/strict";
import { test } from "node:test";

let loaded = 0;

// A fresh module, as after a page load.
function freshSpeed() {
  loaded += 1;
  return import(`../../assets/markdown/formatting_speed.js?load=${loaded}`);
}

test("the initial speed is the minimum", async () => {
  const { FIRST_STEP, stepCost } = await freshSpeed();

  assert.equal(stepCost(), 24_000);
  assert.equal(FIRST_STEP, 24_000);
});

test("the speed increases gradually", async () => {
  const { recordSpeed, stepCost } = await freshSpeed();
  recordSpeed(20_000, 10);
  assert.equal(stepCost(), ((600 + 2000) / 2) * 40);

  recordSpeed(20_000, 10);
  assert.equal(stepCost(), ((1300 + 2000) / 2) * 40);
});

test("the speed decreases at once", async () => {
  const { recordSpeed, stepCost } = await freshSpeed();
  for (let time = 0; time < 20; time += 1) recordSpeed(20_000, 5);
  recordSpeed(20_000, 20);

  assert.equal(stepCost(), 1000 * 40);
});

test("the speed has a minimum", async () => {
  const { recordSpeed, stepCost } = await freshSpeed();
  recordSpeed(20_000, 100_000);

  assert.equal(stepCost(), 600 * 40);
});

test("the speed has a maximum", async () => {
  const { recordSpeed, stepCost } = await freshSpeed();
  for (let time = 0; time < 60; time += 1) recordSpeed(1e9, 0);

  assert.equal(Math.round(stepCost()), 4000 * 40);
});

test("small costs are ignored", async () => {
  const { recordSpeed, stepCost } = await freshSpeed();
  recordSpeed(19_999, 1);

  assert.equal(stepCost(), 24_000);
});
