// What Enter does in a message field.

/** Whether Enter inserts a line break: on-screen keyboards have no Shift+Enter. */
export const enterInsertsLineBreak = () => matchMedia("(pointer: coarse)").matches;
