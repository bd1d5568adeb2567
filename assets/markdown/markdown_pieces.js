// Splits Markdown into pieces that are formatted one at a time, each in a short time, and marks the blocks
// that would take too long, which are shown as plain text.
//
// The cost of formatting is not proportional to the length: a flat list costs by its items, a table by its
// cells, and a paragraph by the square of its marks. The cost is estimated in one pass over the text. If the
// text grows, the pass continues where it stopped; earlier pieces do not change.

import { blockEnd } from "./text_blocks.js";

/**
 * A piece of the text, whether it is shown as plain text, and the cost of formatting it.
 *
 * @typedef {{ text: string, plain: boolean, cost: number }} Piece
 */

/** @typedef {(text: string, plain: boolean, cost: number) => void} Emit receives each piece */

/** Costs are approximately microseconds on a slow computer. */
// A piece with at least this cost ends at the next block. While a text grows, its last piece is formatted again
// and again, therefore pieces are small.
const PIECE_COST = 3_000;
const MAX_PIECE_COST = 50_000; // a block (paragraph, list, table or code block) above this is plain text
const MAX_COST = 3_000_000; // after this much formatted text, the rest is plain text
const COST = {
  piece: 600, // of parsing and drawing whatever it contains
  character: 1,
  run: 0.0002, // times the square of the characters of a paragraph: URL detection starts at each of them
  code: 0.15,
  longLine: 0.55, // more per character of a line of code that is longer than MAX_HEAD
  codeBlock: 4000, // with its buttons
  heading: 300,
  block: 280,
  line: 40,
  item: 160,
  cell: 90,
  mark: 25,
  pair: 1.2, // times the square of the marks of a paragraph: any two may form a pair
  depth: 400, // times the square of the nesting depth
  fold: 100, // times the square of the number of folds that are open
  heavy: 8, // per character outside Latin-1
};

const FENCE = /^ {0,3}(`{3,}(?![^\n]*`)|~{3,})/;
const ITEM = /^[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/;
const INDENTED = /^(?: |\t)/;
const FOLD = /<(\/?)details(?:\s+open(?:="")?)?\s*\/?>/gi;
const DEFINITION = /^ {0,3}\[[^\]\n]{1,200}\]:/;
const MARKS = new Set([..."*_~`[]!<&@\\$"].map((mark) => mark.charCodeAt(0)));
const [PIPE, QUOTE, SPACE, TAB] = [..."|> \t"].map((mark) => mark.charCodeAt(0));
const BULLETS = new Set([..."-+*"].map((mark) => mark.charCodeAt(0)));
const MAX_HEAD = 4096; // characters of a line that are matched against the patterns above

/**
 * Counts what makes a line expensive: marks, cells, nesting depth and characters outside Latin-1.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function countFeatures(text, start, end) {
  let marks = 0;
  let cells = 0;
  let depth = 0;
  let heavy = 0;
  let space = 0;
  let leading = true;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === PIPE) cells += 1;
    else if (MARKS.has(code)) marks += 1;
    else if (code >= 0x100) heavy += 1;
    if (!leading) continue;
    if (code === QUOTE || (BULLETS.has(code) && text.charCodeAt(at + 1) === SPACE)) depth += 1;
    else if (code === SPACE || code === TAB) space += 1;
    else leading = false;
  }
  depth += space >> 2;
  return { marks, cells, depth, heavy };
}

const INITIAL_STATE = {
  at: 0, // end of the text read so far
  pieceStart: 0,
  pieceCost: 0, // of the blocks before the current one in the piece
  start: 0, // of the current block
  cost: 0,
  marks: 0, // in the current run of text
  run: 0, // characters in the current run
  spent: 0, // cost of the finished pieces
  fence: "",
  list: false,
  folds: 0, // open `<details>`, which stay in one piece
  blank: false, // whether the previous line was empty
  plain: false, // whether the current block is too expensive
  code: 0, // characters of the current block, if it is nothing but one code block
};

/** @typedef {typeof INITIAL_STATE} State */

/**
 * Reads one line into `state`.
 *
 * @param {string} text
 * @param {State} state
 * @param {number} end
 * @param {Emit} emit
 */
function readLine(text, state, end, emit) {
  const start = state.at;
  const head = text.slice(start, Math.min(end, start + MAX_HEAD));
  const empty = end - start <= MAX_HEAD && !head.trim();
  const fence = FENCE.exec(head)?.[1];
  const item = ITEM.test(head);

  if (
    state.blank &&
    !state.fence &&
    !state.folds &&
    !empty &&
    !INDENTED.test(head) &&
    !(state.list && item)
  ) {
    closeBlock(text, state, start, emit);
  }
  state.at = end;
  if (empty) {
    state.blank = true;
    state.marks = state.run = 0;
    return;
  }
  if (state.blank || state.start === start) state.list = item || (state.list && state.start !== start);
  state.blank = false;
  const size = end - start;
  state.cost += state.fence
    ? size * (COST.code + (size > MAX_HEAD ? COST.longLine : 0))
    : size * COST.character + COST.line;
  if (state.code) state.code += size;
  if (state.fence) {
    const closing = head.trim();
    if (closing.startsWith(state.fence) && !closing.slice(state.fence.length).replaceAll(state.fence[0], ""))
      state.fence = "";
  } else if (fence) {
    if (state.start === start && head.startsWith(fence)) state.code = 1;
    state.fence = fence;
    state.cost += COST.codeBlock;
  } else {
    if (state.code) state.cost += state.code * COST.longLine; // more than a code block
    state.code = 0;
    for (const [, closing] of head.matchAll(FOLD)) {
      state.folds = Math.max(0, state.folds + (closing ? -1 : 1));
      if (!closing) state.cost += state.folds * state.folds * COST.fold;
    }
    const { marks, cells, depth, heavy } = countFeatures(text, start, end);
    if (item || cells) state.marks = state.run = 0; // a run of text ends with its item or row
    const run = state.run + end - start;
    state.cost += (run * run - state.run * state.run) * COST.run;
    state.run = run;
    const all = state.marks + marks;
    state.cost += marks * COST.mark + (all * all - state.marks * state.marks) * COST.pair;
    state.cost +=
      cells * COST.cell +
      (item ? COST.item : 0) +
      (HEADING.test(head) ? COST.heading : 0) +
      depth * depth * COST.depth +
      heavy * COST.heavy;
    state.marks = all;
  }
  if (state.spent + state.cost > MAX_COST || state.cost > MAX_PIECE_COST) overflow(text, state, emit);
}

/**
 * Marks the current block as plain text; the blocks before it become a piece of their own.
 *
 * @param {string} text
 * @param {State} state
 * @param {Emit} emit
 */
function overflow(text, state, emit) {
  if (!state.plain && state.start > state.pieceStart) {
    emit(text.slice(state.pieceStart, state.start), false, state.pieceCost + COST.piece);
    state.spent += state.pieceCost + COST.piece;
    state.pieceStart = state.start;
    state.pieceCost = 0;
  }
  state.plain = true;
}

/**
 * @param {string} text
 * @param {State} state
 * @param {number} end
 * @param {Emit} emit
 */
function emitPlain(text, state, end, emit) {
  while (state.pieceStart < end) {
    const next = Math.min(blockEnd(text, state.pieceStart), end);
    emit(text.slice(state.pieceStart, next), true, 0);
    state.pieceStart = next;
  }
}

/**
 * Ends the current block, and the current piece if it is large enough.
 *
 * @param {string} text
 * @param {State} state
 * @param {number} end
 * @param {Emit} emit
 */
function closeBlock(text, state, end, emit) {
  if (state.plain) {
    emitPlain(text, state, end, emit);
    state.plain = false;
    state.pieceCost = 0;
  } else {
    // A code block is a piece of its own, which needs no parser (parse.js).
    if (state.pieceCost && (state.code || state.pieceCost + state.cost > MAX_PIECE_COST)) {
      emit(text.slice(state.pieceStart, state.start), false, state.pieceCost + COST.piece);
      state.spent += state.pieceCost + COST.piece;
      state.pieceStart = state.start;
      state.pieceCost = 0;
    }
    state.pieceCost += state.cost;
    if (state.pieceCost >= PIECE_COST || state.code) {
      emit(text.slice(state.pieceStart, end), false, state.pieceCost + COST.piece);
      state.spent += state.pieceCost + COST.piece;
      state.pieceStart = end;
      state.pieceCost = 0;
    }
  }
  state.start = end;
  state.cost = COST.block;
  state.marks = state.run = state.code = 0;
  state.list = false;
}

/**
 * Returns a function that splits a text into pieces whose concatenation is the text.
 *
 * For a longer version of the previous text it returns the same pieces, except the last ones.
 */
export function createPieceSplitter() {
  let previous = "";
  let state = { ...INITIAL_STATE };
  /** @type {Piece[]} */
  let pieces = [];
  let hasDefinitions = false; // of links or footnotes, which apply to the whole text

  return (/** @type {string} */ text) => {
    if (!text.startsWith(previous)) {
      previous = "";
      state = { ...INITIAL_STATE };
      pieces = [];
      hasDefinitions = false;
    }
    previous = text;
    /** @type {Emit} */
    const emit = (part, plain, cost) => pieces.push({ text: part, plain, cost });
    for (let end = text.indexOf("\n", state.at); end >= 0; end = text.indexOf("\n", state.at)) {
      hasDefinitions ||= !state.fence && DEFINITION.test(text.slice(state.at, Math.min(end, state.at + 256)));
      readLine(text, state, end + 1, emit);
      if (state.plain && state.at - state.pieceStart > MAX_HEAD) emitPlainSoFar(text, state, emit);
    }
    // The unfinished last line and the unfinished last piece, on a copy of the state.
    /** @type {Piece[]} */
    const rest = [];
    const end = { ...state };
    /** @type {Emit} */
    const emitRest = (part, plain, cost) => rest.push({ text: part, plain, cost });
    if (end.at < text.length) readLine(text, end, text.length, emitRest);
    closeBlock(text, end, text.length, emitRest);
    if (end.pieceStart < text.length) emitRest(text.slice(end.pieceStart), false, end.pieceCost);
    const all = [...pieces, ...rest];
    const cost = all.reduce((sum, piece) => sum + piece.cost, 0);
    const keepWhole =
      all.length > 1 &&
      text.length <= MAX_PIECE_COST &&
      hasDefinitions &&
      cost <= MAX_PIECE_COST &&
      !all.some((piece) => piece.plain);
    return keepWhole ? [{ text, plain: false, cost }] : all;
  };
}

/**
 * Emits the plain text read so far, except its last block, which may still grow.
 *
 * @param {string} text
 * @param {State} state
 * @param {Emit} emit
 */
function emitPlainSoFar(text, state, emit) {
  for (;;) {
    const next = blockEnd(text, state.pieceStart);
    if (next >= state.at) return;
    emit(text.slice(state.pieceStart, next), true, 0);
    state.pieceStart = state.start = next;
  }
}
