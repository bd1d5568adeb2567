// The icon of a document by its type.

import { FileCode, FileSpreadsheet, FileText, Presentation } from "lucide-react";

const BY_ENDING = /** @type {const} */ ([
  [/\.(?:csv|tsv|xlsx?|ods)$/i, FileSpreadsheet],
  [/\.(?:pptx?|odp)$/i, Presentation],
  [
    /\.(?:[cm]?[jt]sx?|py|rs|go|java|kt|swift|c|h|cc|cpp|cs|rb|php|sh|sql|html?|css|json|ya?ml|toml|xml)$/i,
    FileCode,
  ],
]);

/** @param {{ name: string, size?: number }} props */
export function FileIcon({ name, size = 20 }) {
  const [, Icon] = BY_ENDING.find(([ending]) => ending.test(name)) ?? [null, FileText];
  return <Icon size={size} aria-hidden className="shrink-0 text-primary" />;
}
