// Finds the entries of a list that match the typed text, best match first.

const [EXACT, START, WORD, INSIDE, SCATTERED] = [100, 80, 60, 40, 5];
const LESS_IMPORTANT = 0.2; // the weight of every field but the first

/** @param {string} text */
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Whether the letters are in the text in this order.
 *
 * @param {string} text
 * @param {string} letters
 */
function scattered(text, letters) {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return letters.length > 1;
}

/**
 * How well a folded text matches a folded query; 0 if it does not.
 *
 * @param {string} text
 * @param {string} query
 */
function scoreOfText(text, query) {
  if (text === query) return EXACT;
  const at = text.indexOf(query);
  if (at === 0) return START;
  for (let next = at; next > 0; next = text.indexOf(query, next + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text[next - 1])) return WORD;
  }
  if (at > 0) return INSIDE;
  return scattered(text, query) ? SCATTERED : 0;
}

/**
 * How well some fields, the most important first, match a query: as a whole, or each of its words.
 *
 * @param {string[]} fields
 * @param {string} query
 */
export function scoreOf(fields, query) {
  const folded = fields.map(fold);
  const best = (/** @type {string} */ part) =>
    Math.max(...folded.map((text, at) => scoreOfText(text, part) * (at ? LESS_IMPORTANT : 1)));
  const words = fold(query).split(/\s+/).filter(Boolean);
  const scores = words.map(best);
  const ofWords = scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return Math.max(best(words.join(" ")), ofWords * 0.9);
}

/**
 * The items that match, the best first; equal ones keep their order. Letters that are only scattered over a
 * text count if nothing else matches.
 *
 * @template T
 * @param {T[]} items
 * @param {string} query
 * @param {(item: T) => string[]} fieldsOf
 * @returns {{ item: T, score: number }[]}
 */
export function ranked(items, query, fieldsOf) {
  if (!query.trim()) return items.map((item) => ({ item, score: 0 }));
  const found = items
    .map((item) => ({ item, score: scoreOf(fieldsOf(item), query) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  const clear = found.filter(({ score }) => score > SCATTERED);
  return clear.length ? clear : found;
}
