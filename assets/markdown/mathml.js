// Converts LaTeX formulas to MathML with an allowlist of elements and attributes, as
// webchat/rendering/mathml.py does for share pages. The converter, Temml, is loaded with the first formula.

import { nextFrame } from "./frames.js";

const BUDGET = 10; // ms of conversion in a frame, so that the page answers
const CACHE_SIZE = 500;

/** @type {typeof import("temml").default | null} */
let temml = null;
let loading = false;
let spent = 0; // ms in this frame

/** @type {Set<() => void>} */
const waiting = new Set();

async function loadTemml() {
  if (loading) return;
  loading = true;
  try {
    temml = (await import("temml")).default;
    nextFrame(convertWaiting);
  } catch {
    // For instance without a connection: the sources stay, and the next formula tries again.
  } finally {
    loading = false;
  }
}

function convertWaiting() {
  spent = 0;
  for (const task of waiting) {
    if (spent >= BUDGET) break;
    waiting.delete(task);
    task();
  }
  if (waiting.size || spent) nextFrame(convertWaiting);
}

/**
 * Converts a formula: at once, or in one of the next frames if there are many or the converter is not loaded.
 * Returns a function that cancels.
 *
 * @param {string} source
 * @param {boolean} display whether it stands alone
 * @param {(math: Element | null) => void} callback receives a `<math>` element of its own, or null if the
 * source must be shown
 */
export function convertSoon(source, display, callback) {
  const task = () => {
    const start = performance.now();
    callback(mathOf(source, display));
    if (!spent && !waiting.size) nextFrame(convertWaiting);
    spent += performance.now() - start;
  };
  if (temml && spent < BUDGET && !waiting.size) task();
  else waiting.add(task);
  if (!temml) loadTemml();
  return () => {
    waiting.delete(task);
  };
}

// Macros could expand endlessly, so none are allowed.
const MACROS = /\\(?:[a-z]*def|let|(?:re|provide)?newcommand|Declare|(?:re)?newenvironment)/i;

const ELEMENTS = new Set(
  (
    "math mrow mi mn mo mtext mspace mstyle mpadded mphantom menclose msqrt mtable mtr mtd mlabeledtr " +
    "mmultiscripts mprescripts none mfrac mroot msub msup mover munder msubsup munderover mglyph"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "display mathvariant stretchy fence form separator symmetric largeop movablelimits accent accentunder " +
    "displaystyle columnalign rowalign columnlines rowlines notation scriptlevel linethickness minsize " +
    "maxsize mathsize width height depth lspace rspace voffset columnspacing rowspacing class"
  ).split(" "),
);
const STYLE =
  /^(?:(?:color|text-align|padding(?:-[a-z]+)?|margin(?:-[a-z]+)?|border(?:-[a-z]+)?|width|height|display|vertical-align|math-(?:style|depth|shift)|font-(?:weight|style|family|size|feature-settings)):[\w\s.%#"'-]+;?\s*)*$/;

/** @param {Element} element */
function isAllowed(element) {
  if (!ELEMENTS.has(element.localName)) return false;
  for (const { name, value } of [...element.attributes]) {
    if (name === "style" ? !STYLE.test(value.replace(/:\s+/g, ":")) : !ATTRIBUTES.has(name)) {
      element.removeAttribute(name);
    }
  }
  return [...element.children].every(isAllowed);
}

/** @type {Map<string, Element | null>} */
const cache = new Map();

/**
 * The formula as a `<math>` element of its own, or null if its source must be shown.
 *
 * @param {string} source
 * @param {boolean} display whether it stands alone
 */
function mathOf(source, display) {
  const key = `${display}${source}`;
  if (!cache.has(key)) {
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(key, convert(source, display));
  }
  return /** @type {Element | null} */ (cache.get(key)?.cloneNode(true) ?? null);
}

/**
 * @param {string} source
 * @param {boolean} displayMode
 */
function convert(source, displayMode) {
  if (!temml || MACROS.test(source)) return null;
  const place = document.createElement("span");
  try {
    temml.render(source, place, {
      displayMode,
      throwOnError: true,
      trust: false,
      maxSize: [20, 20],
      maxExpand: 100,
    });
  } catch {
    return null; // it cannot be read
  }
  const math = place.firstElementChild;
  return math && isAllowed(math) ? math : null;
}
