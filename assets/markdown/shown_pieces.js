// Which pieces of a text are rendered, and how they are grouped.

/** @typedef {import("./markdown_pieces.js").Piece} Piece */

/**
 * Groups of pieces: each formatted piece on its own, and consecutive plain pieces together.
 *
 * @param {Piece[]} pieces
 */
export function groupPieces(pieces) {
  /** @type {{ plain: boolean, pieces: Piece[] }[]} */
  const groups = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (piece.plain && last?.plain) last.pieces.push(piece);
    else groups.push({ plain: piece.plain, pieces: [piece] });
  }
  return groups;
}

/**
 * The first pieces whose total cost is within the budget, at least one.
 *
 * @param {Piece[]} pieces
 * @param {number} budget
 */
export function withinBudget(pieces, budget) {
  let cost = 0;
  const end = pieces.findIndex((piece) => {
    cost += piece.cost;
    return cost > budget;
  });
  return end < 0 ? pieces : pieces.slice(0, Math.max(1, end));
}

/**
 * The total cost of pieces.
 *
 * @param {Piece[]} pieces
 */
export const costOf = (pieces) => pieces.reduce((sum, piece) => sum + piece.cost, 0);
