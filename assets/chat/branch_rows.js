// The rows of the tree of branches, from the messages of all versions of a conversation.

/**
 * A message as the server sends it; see webchat/http/branch_tree.py.
 *
 * @typedef {{
 *   id: string,
 *   parent: string | null,
 *   deleted?: boolean,
 *   role?: string,
 *   model?: string,
 *   at?: number,
 *   text?: string,
 * }} TreeMessage
 */

/**
 * One row. `position` of `size` rows below the row `parent` (an index; -1: none); `branches` says that rows are
 * below it; `current` that it is on the current branch, and `leaf` that it is the end of that.
 *
 * @typedef {{
 *   id: string,
 *   role: string,
 *   model: string,
 *   at: number,
 *   text: string,
 *   level: number,
 *   position: number,
 *   size: number,
 *   parent: number,
 *   branches: boolean,
 *   current: boolean,
 *   leaf: boolean,
 * }} Row
 */

/**
 * The messages by id, without the deleted ones: what is below one of those is below its nearest ancestor.
 *
 * @param {TreeMessage[]} messages
 */
function childrenOf(messages) {
  const byId = new Map(messages.map((message) => [message.id, message]));
  /** @type {Map<string, string>} */
  const alive = new Map(); // the nearest ancestor of a message that is not deleted; empty for none
  const nearest = (/** @type {string | null} */ id) => {
    const passed = [];
    let at = id ?? "";
    while (byId.get(at)?.deleted && !alive.has(at)) {
      passed.push(at);
      at = byId.get(at)?.parent ?? "";
    }
    const found = alive.get(at) ?? (byId.has(at) ? at : "");
    for (const each of passed) alive.set(each, found);
    return found;
  };
  /** @type {Map<string, TreeMessage[]>} */
  const children = new Map();
  for (const message of messages) {
    if (message.deleted) continue;
    const parent = nearest(message.parent);
    const beside = children.get(parent);
    if (beside) beside.push(message);
    else children.set(parent, [message]);
  }
  for (const beside of children.values()) beside.sort((a, b) => (a.id < b.id ? -1 : 1));
  return children;
}

/**
 * The rows in their order. Only where a conversation branches does the level grow: the versions of a message are
 * below the one before it, and what follows a version is below that.
 *
 * @param {TreeMessage[]} messages
 * @param {string} leaf the last message of the current branch
 * @returns {Row[]}
 */
export function branchRows(messages, leaf) {
  const children = childrenOf(messages);
  const parents = new Map(messages.map((message) => [message.id, message.parent]));
  const current = new Set();
  for (let at = leaf; at && !current.has(at); at = parents.get(at) ?? "") current.add(at);

  /** @type {Row[]} */
  const rows = [];
  /** @type {Map<number, number>} */
  const sizes = new Map(); // of the rows below a row, by its index
  /** @type {{ message: TreeMessage, parent: number, isVersion: boolean }[]} */
  const waiting = [];
  const wait = (/** @type {string} */ id, /** @type {(branches: boolean) => number} */ parentOf) => {
    const below = children.get(id) ?? [];
    const isVersion = below.length > 1;
    for (const message of below.toReversed())
      waiting.push({ message, parent: parentOf(isVersion), isVersion });
  };
  wait("", () => -1);
  while (waiting.length) {
    const { message, parent, isVersion } = /** @type {typeof waiting[number]} */ (waiting.pop());
    const index = rows.length;
    const position = (sizes.get(parent) ?? 0) + 1;
    sizes.set(parent, position);
    const above = rows[parent];
    if (above) above.branches = true;
    const { id, role = "", model = "", at = 0, text = "" } = message;
    rows.push({
      ...{ id, role, model, at, text, position, parent },
      level: above ? above.level + 1 : 1,
      size: 0,
      branches: false,
      current: current.has(id),
      leaf: id === leaf,
    });
    wait(id, (branches) => (branches || isVersion ? index : parent));
  }
  for (const row of rows) row.size = sizes.get(row.parent) ?? 1;
  return rows;
}

/**
 * The indexes of the rows that are shown while some are collapsed.
 *
 * @param {Row[]} rows
 * @param {ReadonlySet<string>} collapsed ids
 */
export function shownRows(rows, collapsed) {
  /** @type {number[]} */
  const shown = [];
  let hiddenBelow = Number.POSITIVE_INFINITY; // the level whose rows are shown again
  rows.forEach(({ id, level }, index) => {
    if (level > hiddenBelow) return;
    shown.push(index);
    hiddenBelow = collapsed.has(id) ? level : Number.POSITIVE_INFINITY;
  });
  return shown;
}
