// The HTML that answers may contain: `br`, `sub`, `sup`, `kbd`, `details` and `summary`, without attributes
// other than `open`. Everything else stays text. The same rules as webchat/rendering/harmless_html.py.

/** @typedef {{ type: string, value?: string, children?: Node[], [key: string]: unknown }} Node */

const TAG = /<(\/?)(br|sub|sup|kbd|details|summary)(\s+open(?:="")?)?\s*\/?>/gi;
const INLINE = new Set(["sub", "sup", "kbd"]);

/**
 * @param {string} tag
 * @param {Node[]} children
 * @param {Record<string, unknown>} [hProperties]
 * @returns {Node}
 */
const element = (tag, children, hProperties = {}) => ({
  type: "harmless",
  children,
  data: { hName: tag, hProperties },
});

/** @typedef {{ tag: string, closing: boolean, open: boolean, source: string }} Tag */

/**
 * The tags of a piece of HTML, and the text between them.
 *
 * @param {string} html
 * @returns {(Tag | string)[]}
 */
function piecesOf(html) {
  const pieces = [];
  let at = 0;
  for (const found of html.matchAll(TAG)) {
    if (found.index > at) pieces.push(html.slice(at, found.index));
    pieces.push({
      tag: found[2].toLowerCase(),
      closing: found[1] === "/",
      open: Boolean(found[3]),
      source: found[0],
    });
    at = found.index + found[0].length;
  }
  if (at < html.length) pieces.push(html.slice(at));
  return pieces;
}

const text = (/** @type {string} */ value) => ({ type: "text", value });

/**
 * Inline nodes with their tags matched; a tag without its counterpart stays text.
 *
 * @param {Node[]} nodes
 * @returns {Node[]}
 */
function inline(nodes) {
  /** @type {Node[]} */
  let done = [];
  /** @type {{ tag: string, source: string, before: Node[] }[]} */
  let open = [];
  for (const node of nodes) {
    const [piece, more] = node.type === "html" ? piecesOf(node.value ?? "") : [];
    if (node.type !== "html") {
      done.push(node);
    } else if (more || !piece || typeof piece === "string") {
      done.push(text(node.value ?? ""));
    } else if (piece.tag === "br" && !piece.closing) {
      done.push({ type: "break" });
    } else if (INLINE.has(piece.tag) && !piece.closing) {
      open.push({ tag: piece.tag, source: piece.source, before: done });
      done = [];
    } else {
      const at = open.findLastIndex(({ tag }) => piece.closing && tag === piece.tag);
      if (at < 0) {
        done.push(text(piece.source));
      } else {
        for (const { source, before } of open.slice(at + 1).reverse()) {
          done = [...before, text(source), ...done];
        }
        done = [...open[at].before, element(piece.tag, done)];
        open = open.slice(0, at);
      }
    }
  }
  for (const { source, before } of open.reverse()) done = [...before, text(source), ...done];
  return done;
}

/**
 * A paragraph of the pieces of an HTML block, or nothing if they are empty.
 *
 * @param {Node[]} nodes
 */
function paragraph(nodes) {
  const children = inline(nodes);
  const first = children[0];
  const last = children.at(-1);
  if (first?.type === "text") first.value = first.value?.trimStart();
  if (last?.type === "text") last.value = last.value?.trimEnd();
  const shown = children.filter((node) => node.type !== "text" || node.value);
  return shown.length
    ? [{ type: "paragraph", children: shown, data: { hProperties: { className: ["plain"] } } }]
    : [];
}

/**
 * The blocks within a container, with the HTML blocks among them replaced.
 *
 * @param {Node[]} nodes
 * @returns {Node[]}
 */
function blocks(nodes) {
  /** @type {Node[]} */
  let done = [];
  /** @type {{ before: Node[], open: boolean }[]} */
  const folds = [];
  const closeFold = () => {
    const { before, open } = /** @type {{ before: Node[], open: boolean }} */ (folds.pop());
    done = [...before, element("details", done, open ? { open } : {})];
  };
  for (const node of nodes) {
    if (node.type !== "html") {
      done.push(node);
      continue;
    }
    /** @type {Node[]} */
    let words = [];
    const pieces = piecesOf(node.value ?? "");
    for (let at = 0; at < pieces.length; at += 1) {
      const piece = pieces[at];
      if (typeof piece === "string") {
        words.push(text(piece));
        continue;
      }
      const { tag, closing, open, source } = piece;
      const summaryEnd =
        tag === "summary" && !closing && folds.length
          ? pieces.findIndex((one, i) => i > at && typeof one !== "string" && one.tag === tag && one.closing)
          : -1;
      if (tag === "details" && (!closing || folds.length)) {
        done.push(...paragraph(words));
        words = [];
        if (closing) {
          closeFold();
        } else {
          folds.push({ before: done, open });
          done = [];
        }
      } else if (summaryEnd > 0) {
        done.push(...paragraph(words));
        words = [];
        const named = pieces
          .slice(at + 1, summaryEnd)
          .map((one) => (typeof one === "string" ? text(one) : { type: "html", value: one.source }));
        done.push(element("summary", inline(named)));
        at = summaryEnd;
      } else {
        words.push({ type: "html", value: source });
      }
    }
    done.push(...paragraph(words));
  }
  while (folds.length) closeFold();
  return done;
}

const OF_LINES = new Set([
  "paragraph",
  "heading",
  "emphasis",
  "strong",
  "delete",
  "link",
  "linkReference",
  "tableCell",
]);

/**
 * Replaces the HTML of a Markdown tree by elements or text.
 *
 * @param {Node} tree
 */
export function replaceHtml(tree) {
  if (!tree.children) return;
  for (const child of tree.children) replaceHtml(child);
  if (tree.children.some(({ type }) => type === "html")) {
    tree.children = OF_LINES.has(tree.type) ? inline(tree.children) : blocks(tree.children);
  }
}
