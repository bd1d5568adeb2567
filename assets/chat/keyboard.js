// What Enter does in a field for a message.

/** On a screen keyboard Enter is the only way to a new line. */
export const entersLines = () => matchMedia("(pointer: coarse)").matches;
