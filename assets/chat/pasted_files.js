// The files that are pasted.

import { t } from "../ui/words.js";

const RICH_TEXT = ["text/html", "text/rtf"];
const PASTED_PICTURE = /^image\.(\w+)$/; // the name that browsers give a picture without one

/** @param {File} file */
const named = (file) => {
  const [, ending] = PASTED_PICTURE.exec(file.name) ?? [];
  return ending ? new File([file], `${t("Pasted picture")}.${ending}`, { type: file.type }) : file;
};

/**
 * The files on a clipboard. Word processors and spreadsheets put a picture of the text beside the text: then the text is
 * meant.
 *
 * @param {DataTransfer | null} clipboard
 * @returns {File[]}
 */
export function pastedFiles(clipboard) {
  if (!clipboard?.files.length) return [];
  const { types } = clipboard;
  const isText = types.includes("text/plain") && RICH_TEXT.some((type) => types.includes(type));
  return isText ? [] : [...clipboard.files].map(named);
}
