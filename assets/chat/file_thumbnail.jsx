// A small picture of a file beside its name: the picture itself, or an icon.

import { useState } from "react";
import { FileIcon } from "./file_icon.jsx";
import { contentAddress } from "./file_requests.js";

/**
 * @param {{ file: { id: string, kind: string, name: string, preview?: string } }} props `preview`: an address within this
 * page, while the file is not on the server
 */
export function FileThumbnail({ file: { id, kind, name, preview } }) {
  const [broken, setBroken] = useState("");
  const address = preview || (id && contentAddress(id));
  if (kind !== "picture" || !address || broken === address)
    return (
      <span className="grid size-10 shrink-0 place-items-center rounded-lg bg-muted">
        <FileIcon name={name} />
      </span>
    );
  return (
    <img
      src={address}
      alt=""
      data-testid="file-thumbnail"
      onError={() => setBroken(address)}
      className="size-10 shrink-0 rounded-lg bg-muted object-cover"
    />
  );
}
