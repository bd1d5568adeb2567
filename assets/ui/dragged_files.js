// Files that are dragged over the page.

/** Whether files are dragged. @param {DragEvent} event */
export const hasFiles = (event) => !!event.dataTransfer?.types.includes("Files");

/**
 * How many files are dragged; 0 if the browser does not tell before they are dropped.
 *
 * @param {DragEvent} event
 */
export const filesDragged = ({ dataTransfer }) =>
  [...(dataTransfer?.items ?? [])].filter(({ kind }) => kind === "file").length;
