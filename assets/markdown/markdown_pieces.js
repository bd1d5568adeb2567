// Cuts Markdown into pieces that can be formatted one after the other, each within a moment, and says which
// parts would take too long: those are shown as plain text.
//
// Formatting costs far more than its size tells: a flat list costs by its items, a table by its cells, and a
// paragraph by the square of the marks in it. One pass over the text estimates that. A text that grows is
// never read from its beginning again: what has been cut stays cut.

import { blockEnd } from "./text_blocks.js";

/**
 * A piece of the text, whether it is shown as plain text, and what formatting it costs.
 *
 * @typedef {{ text: string, plain: boolean, cost: number }} Piece
 */

/** @typedef {(text: string, plain: boolean, cost: number) => void} Emit takes a piece that is cut */

/** Costs are about microseconds of a slow computer. */
const PIECE_COST = 12_000; // a piece that has reached this ends at the next paragraph
const MOST_PIECE_COST = 50_000; // a paragraph, list, table or code block above this is plain text
const MOST_COST = 3_000_000; // behind this much formatted text all is plain text
const COST = {
  character: 1,
  run: 0.0002, // for the square of the characters of a paragraph: addresses are looked for from each of them
  code: 0.7,
  codeBlock: 1800,
  heading: 300,
  block: 280,
  line: 40,
  item: 160,
  cell: 90,
  mark: 25,
  pair: 1.2, // for the square of the marks of a paragraph: each may belong to each
  depth: 400, // for the square of the nesting
  heavy: 8, // for a character beyond Latin-1
};

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ITEM = /^[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/;
const INDENTED = /^(?: |\t)/;
const DEFINITION = /^ {0,3}\[[^\]\n]{1,200}\]:/;
const MARKS = new Set([..."*_~`[]!<&@\\$"].map((mark) => mark.charCodeAt(0)));
const [PIPE, QUOTE, SPACE, TAB] = [..."|> \t"].map((mark) => mark.charCodeAt(0));
const ITEM_BEGINNINGS = new Set([..."-+*"].map((mark) => mark.charCodeAt(0)));
const LINE_READ = 4096; // characters of a line that tell what it begins with

/**
 * Counts what makes a line expensive: marks, cells, nesting at its beginning and characters beyond Latin-1.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function tally(text, start, end) {
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
    if (code === QUOTE || (ITEM_BEGINNINGS.has(code) && text.charCodeAt(at + 1) === SPACE)) depth += 1;
    else if (code === SPACE || code === TAB) space += 1;
    else leading = false;
  }
  depth += space >> 2;
  return { marks, cells, depth, heavy };
}

const BEGINNING = {
  at: 0, // everything before this has been read
  pieceStart: 0,
  pieceCost: 0, // of the paragraphs before the current one in the piece
  start: 0, // of the current paragraph, list, table or code block
  cost: 0,
  marks: 0, // in the current run of text
  run: 0, // characters of it
  spent: 0, // cost of the pieces that are cut
  fence: "",
  list: false,
  blank: false, // whether the line before was empty
  plain: false, // whether the current block is too expensive
};

/** @typedef {typeof BEGINNING} State */

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
  const head = text.slice(start, Math.min(end, start + LINE_READ));
  const empty = end - start <= LINE_READ && !head.trim();
  const fence = FENCE.exec(head)?.[1];
  const item = ITEM.test(head);

  if (state.blank && !state.fence && !empty && !INDENTED.test(head) && !(state.list && item)) {
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
  state.cost += (end - start) * (state.fence ? COST.code : COST.character) + COST.line;
  if (state.fence) {
    const closing = head.trim();
    if (closing.startsWith(state.fence) && !closing.slice(state.fence.length).replaceAll(state.fence[0], ""))
      state.fence = "";
  } else if (fence) {
    state.fence = fence;
    state.cost += COST.codeBlock;
  } else {
    const { marks, cells, depth, heavy } = tally(text, start, end);
    if (item || cells) state.marks = state.run = 0; // a run of text reaches no further than its item or row
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
  if (state.spent + state.cost > MOST_COST || state.cost > MOST_PIECE_COST) overflow(text, state, emit);
}

/**
 * The blocks before the current one are a piece of their own, and the current one is plain so far.
 *
 * @param {string} text
 * @param {State} state
 * @param {Emit} emit
 */
function overflow(text, state, emit) {
  if (!state.plain && state.start > state.pieceStart) {
    emit(text.slice(state.pieceStart, state.start), false, state.pieceCost);
    state.spent += state.pieceCost;
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
function cutPlain(text, state, end, emit) {
  while (state.pieceStart < end) {
    const next = Math.min(blockEnd(text, state.pieceStart), end);
    emit(text.slice(state.pieceStart, next), true, 0);
    state.pieceStart = next;
  }
}

/**
 * @param {string} text
 * @param {State} state
 * @param {number} end
 * @param {Emit} emit
 */
function closeBlock(text, state, end, emit) {
  if (state.plain) {
    cutPlain(text, state, end, emit);
    state.plain = false;
    state.pieceCost = 0;
  } else {
    if (state.pieceCost && state.pieceCost + state.cost > MOST_PIECE_COST) {
      emit(text.slice(state.pieceStart, state.start), false, state.pieceCost);
      state.spent += state.pieceCost;
      state.pieceStart = state.start;
      state.pieceCost = 0;
    }
    state.pieceCost += state.cost;
    if (state.pieceCost >= PIECE_COST) {
      emit(text.slice(state.pieceStart, end), false, state.pieceCost);
      state.spent += state.pieceCost;
      state.pieceStart = end;
      state.pieceCost = 0;
    }
  }
  state.start = end;
  state.cost = COST.block;
  state.marks = state.run = 0;
  state.list = false;
}

/**
 * Returns a function that cuts a text into pieces, `[{ text, plain, cost }]`, which together are the text.
 *
 * Called again with a longer version of the same text it returns the same pieces, up to the last ones.
 */
export function pieceCutter() {
  let known = "";
  let state = { ...BEGINNING };
  /** @type {Piece[]} */
  let pieces = [];
  let whole = false; // whether links or footnotes are defined, which reach over the whole text

  return (/** @type {string} */ text) => {
    if (!text.startsWith(known)) {
      known = "";
      state = { ...BEGINNING };
      pieces = [];
      whole = false;
    }
    known = text;
    /** @type {Emit} */
    const emit = (part, plain, cost) => pieces.push({ text: part, plain, cost });
    for (let end = text.indexOf("\n", state.at); end >= 0; end = text.indexOf("\n", state.at)) {
      whole ||= !state.fence && DEFINITION.test(text.slice(state.at, Math.min(end, state.at + 256)));
      readLine(text, state, end + 1, emit);
      if (state.plain && state.at - state.pieceStart > LINE_READ) cutPlainSoFar(text, state, emit);
    }
    // The line that is being written, and the piece that has not ended.
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
    const few = all.length > 1 && whole && cost <= MOST_PIECE_COST && !all.some((piece) => piece.plain);
    return few ? [{ text, plain: false, cost }] : all;
  };
}

/**
 * Plain text that has been read is cut at once, except the block at its end, which may grow.
 *
 * @param {string} text
 * @param {State} state
 * @param {Emit} emit
 */
function cutPlainSoFar(text, state, emit) {
  for (;;) {
    const next = blockEnd(text, state.pieceStart);
    if (next >= state.at) return;
    emit(text.slice(state.pieceStart, next), true, 0);
    state.pieceStart = state.start = next;
  }
}
