// Which pieces of a text are on screen, and how they belong together.

/** @typedef {import("./markdown_pieces.js").Piece} Piece */

/**
 * The parts of a message: a formatted piece each, or plain pieces that follow each other.
 *
 * @param {Piece[]} pieces
 */
export function partsOf(pieces) {
  /** @type {{ plain: boolean, pieces: Piece[] }[]} */
  const parts = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    if (piece.plain && last?.plain) last.pieces.push(piece);
    else parts.push({ plain: piece.plain, pieces: [piece] });
  }
  return parts;
}

/**
 * The first pieces, as many as cost no more than `room` together, and at least one.
 *
 * @param {Piece[]} pieces
 * @param {number} room
 */
export function within(pieces, room) {
  let cost = 0;
  const end = pieces.findIndex((piece) => {
    cost += piece.cost;
    return cost > room;
  });
  return end < 0 ? pieces : pieces.slice(0, Math.max(1, end));
}

/**
 * What pieces cost together.
 *
 * @param {Piece[]} pieces
 */
export const costOf = (pieces) => pieces.reduce((sum, piece) => sum + piece.cost, 0);
