// Finds formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, by the rules of
// webchat/rendering/formula_syntax.py. A dollar sign means money more often than mathematics, therefore the
// rules are our own. An extension of micromark, with the one of mdast that makes a node of each formula.

/**
 * @typedef {import("micromark-util-types").Code} Code
 * @typedef {import("micromark-util-types").Effects} Effects
 * @typedef {import("micromark-util-types").State} State
 * @typedef {import("micromark-util-types").TokenizeContext} Context
 * @typedef {import("micromark-util-types").Construct} Construct
 */

const LONGEST = 4000; // characters of a formula
const [DOLLAR, BACKSLASH] = [36, 92];

/** @type {Record<string, string>} */
const CLOSERS = { $: "$", $$: "$$", "\\(": "\\)", "\\[": "\\]" };
const MONEY = /^\d[^\\]*\s(?:a|at|in|is|of|on|or|to|[A-Za-z]{3,})(?:[\s.,;:!?]|$)/;
const NO_END = /[/:;,(\-–]$/;
const OUTER_SPACE = /^\s|\s$/;
const WORD = /[\p{L}\p{N}]/u;
const DIGIT = /\p{Nd}/u;

/**
 * Whether the text between two single dollar signs is a formula and not money or a shell variable.
 *
 * @param {string} before the character before the first sign
 * @param {string} content
 * @param {string} after the character after the second sign
 */
function isFormula(before, content, after) {
  return !(
    !content ||
    OUTER_SPACE.test(content) ||
    DIGIT.test(after) ||
    WORD.test(before) ||
    NO_END.test(content) ||
    MONEY.test(content)
  );
}

/** @param {Code} code micromark's code of a character or a line ending */
function characterOf(code) {
  if (code === null || code === -1) return "";
  return code < 0 ? (code === -2 ? "\t" : "\n") : String.fromCharCode(code);
}

const isLineEnding = (/** @type {Code} */ code) => code !== null && code < -2;
const isSpace = (/** @type {Code} */ code) => code === 32 || code === -1 || code === -2;

/**
 * Reads one sign of two characters or one, or nothing.
 *
 * @param {string} sign
 * @returns {Construct}
 */
const signOf = (sign) => ({
  partial: true,
  tokenize(effects, ok, nok) {
    let at = 0;
    /** @type {State} */
    const next = (code) => {
      if (code !== sign.charCodeAt(at)) return nok(code);
      if (at === 0) effects.enter("formulaSign");
      effects.consume(code);
      at += 1;
      if (at < sign.length) return next;
      effects.exit("formulaSign");
      return ok;
    };
    return next;
  },
});

/** @type {Record<string, Construct>} */
const SIGNS = Object.fromEntries([...Object.keys(CLOSERS), "\\)", "\\]"].map((sign) => [sign, signOf(sign)]));

/**
 * Reads the content of a formula and its closing sign; `ok` receives the content through `done`.
 *
 * @param {Effects} effects
 * @param {string} closer
 * @param {{ block: boolean, isLazy: () => boolean, unclosed: () => void }} place
 * @param {(content: string) => State} done
 * @param {State} nok
 * @returns {State}
 */
function readContent(effects, closer, { block, isLazy, unclosed }, done, nok) {
  let content = "";
  let open = false;
  let line = 0; // start of the current line in the content

  const close = () => {
    if (open) effects.exit("formulaData");
    open = false;
  };
  /** @type {(code: Code) => void} */
  const take = (code) => {
    if (!open) effects.enter("formulaData");
    open = true;
    effects.consume(code);
    content += characterOf(code);
  };
  /** @type {State} */
  const escaped = (code) => {
    if (code === null || isLineEnding(code)) return read(code);
    take(code);
    return read;
  };
  /** @type {State} */
  const data = (code) => {
    take(code);
    return code === BACKSLASH ? escaped : read;
  };
  /** @type {State} */
  const read = (code) => {
    if (code === null) {
      close();
      unclosed();
      return nok(code);
    }
    if (content.length >= LONGEST) {
      unclosed();
      return nok(code);
    }
    if (isLineEnding(code)) {
      if (block && line > 0 && !content.slice(line).trim()) return nok(code); // an empty line
      close();
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      content += "\n";
      line = content.length;
      return newLine;
    }
    if (code === closer.charCodeAt(0)) {
      close();
      return effects.attempt(SIGNS[closer], (next) => done(content)(next), data)(code);
    }
    return data(code);
  };
  /** @type {State} */
  const newLine = (code) => (block && isLazy() ? nok(code) : read(code));
  return read;
}

/**
 * A formula within a paragraph.
 *
 * @param {string} opener
 * @returns {Construct}
 */
function inline(opener) {
  let unclosed = -1; // an opening sign before this offset has been searched for its end in vain

  return {
    name: "formula",
    tokenize(effects, ok, nok) {
      const before = characterOf(this.previous);
      const place = {
        block: false,
        isLazy: () => false,
        unclosed: () => {
          unclosed = this.now().offset;
        },
      };
      const ends = (/** @type {string} */ content) => (/** @type {Code} */ code) => {
        const isMoney = opener === "$" && !isFormula(before, content, characterOf(code));
        if (isMoney || !content.trim()) return nok(code);
        effects.exit("formulaText");
        return ok(code);
      };
      /** @type {State} */
      const opened = (code) =>
        opener === "$$" && code === DOLLAR
          ? nok(code)
          : readContent(effects, CLOSERS[opener], place, ends, nok)(code);
      return (code) => {
        if (this.now().offset < unclosed) return nok(code);
        effects.enter("formulaText");
        return effects.attempt(SIGNS[opener], opened, nok)(code);
      };
    },
  };
}

/**
 * A formula that stands alone, over one or more lines.
 *
 * @param {string} opener
 * @returns {Construct}
 */
const block = (opener) => ({
  name: "formulaBlock",
  concrete: true,
  tokenize(effects, ok, nok) {
    const place = {
      block: true,
      isLazy: () => Boolean(this.parser.lazy[this.now().line]),
      unclosed: () => {},
    };
    const ends = (/** @type {string} */ content) => {
      /** @type {State} */
      const end = (code) => {
        if (code !== null && !isLineEnding(code)) return nok(code); // words after it: part of a paragraph
        if (!content.trim()) return nok(code);
        effects.exit("formulaBlock");
        return ok(code);
      };
      /** @type {State} */
      const space = (code) => {
        if (isSpace(code)) {
          effects.consume(code);
          return space;
        }
        effects.exit("whitespace");
        return end(code);
      };
      /** @type {State} */
      const start = (code) => {
        if (!isSpace(code)) return end(code);
        effects.enter("whitespace");
        return space(code);
      };
      return start;
    };
    /** @type {State} */
    const opened = (code) => {
      if (opener === "$$" && code === DOLLAR) return nok(code);
      if (this.interrupt) return ok(code);
      return readContent(effects, CLOSERS[opener], place, ends, nok)(code);
    };
    return (code) => {
      effects.enter("formulaBlock");
      return effects.attempt(SIGNS[opener], opened, nok)(code);
    };
  },
});

/** The extension of micromark, for one text. */
export const formulaSyntax = () => ({
  text: { [DOLLAR]: [inline("$$"), inline("$")], [BACKSLASH]: [inline("\\("), inline("\\[")] },
  flow: { [DOLLAR]: block("$$"), [BACKSLASH]: block("\\[") },
});

/** @typedef {import("mdast-util-from-markdown").Handle} Handle */

/** @type {(type: string) => Handle} */
const enter = (type) =>
  function enterFormula(token) {
    // The signs are not in the value, and the source is shown if the formula cannot be.
    const node = { type, value: "", source: this.sliceSerialize(token), display: type === "formulaBlock" };
    this.enter(/** @type {any} */ (node), token);
    this.buffer();
  };

/** @type {Handle} */
function exitFormula(token) {
  const value = this.resume();
  const node = /** @type {any} */ (this.stack.at(-1));
  node.value = value.trim();
  node.display ||= /^(\$\$|\\\[)/.test(node.source);
  this.exit(token);
}

/** @type {Handle} */
function exitData(token) {
  this.config.enter.data.call(this, token);
  this.config.exit.data.call(this, token);
}

/** The extension of mdast: `formulaText` and `formulaBlock` nodes with `value`, `source` and `display`. */
export const formulaNodes = () => ({
  enter: { formulaText: enter("formulaText"), formulaBlock: enter("formulaBlock") },
  exit: { formulaText: exitFormula, formulaBlock: exitFormula, formulaData: exitData },
});
