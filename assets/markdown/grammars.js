// The grammars of languages to highlight, each in a separate file that is fetched for the first code block in that language.

/** @typedef {import("shiki").LanguageRegistration[]} Grammar with those of the languages inside it */

/** @type {Map<string, Promise<Grammar | null>>} */
const fetched = new Map();

/** @param {string} language */
async function fetchGrammar(language) {
  const { bundledLanguages } = await import("shiki/langs");
  return Object.hasOwn(bundledLanguages, language) ? (await bundledLanguages[language]()).default : null;
}

/**
 * The grammar of a language; null if there is none. What could not be fetched is tried again the next time.
 *
 * @param {string} language in lower case
 */
export function grammarOf(language) {
  let grammar = fetched.get(language);
  if (!grammar) {
    grammar = fetchGrammar(language);
    fetched.set(language, grammar);
    grammar.catch(() => fetched.delete(language));
  }
  return grammar;
}
