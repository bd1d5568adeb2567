// The variables of a saved prompt: parts such as `{{language}}`, which are asked for each time.

const VARIABLE = /\{\{\s*([\p{L}\p{N}_](?:[\p{L}\p{N}_ -]{0,38}[\p{L}\p{N}_])?)\s*\}\}/gu;
const MOST = 20; // variables that are asked for; the others stay as they are

/**
 * The names of the variables in a text, each once.
 *
 * @param {string} text
 */
export const variablesOf = (text) =>
  [...new Set([...text.matchAll(VARIABLE)].map(([, name]) => name))].slice(0, MOST);

/**
 * The text with values in place of its variables.
 *
 * @param {string} text
 * @param {Record<string, string>} values
 */
export const filledIn = (text, values) =>
  text.replace(VARIABLE, (whole, name) => (Object.hasOwn(values, name) ? values[name] : whole));
