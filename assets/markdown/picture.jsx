// A picture on another site, as a card. Loading it tells that site that somebody reads the answer, therefore it is
// loaded only on a click, in a frame that can do nothing else (webchat/http/pictures.py).

import { Image } from "lucide-react";
import { useState } from "react";
import { BASE } from "../ui/base.js";
import { t } from "../ui/words.js";

/** @param {{ src: string, alt?: string }} props */
export function Picture({ src, alt }) {
  const [shown, setShown] = useState(false);
  const name = alt || t("Picture");
  return (
    <>
      <span className="picture" data-testid="picture">
        <Image size={16} aria-hidden className="self-center" />
        <a href={src} target="_blank" rel="noopener noreferrer nofollow">
          {name}
        </a>
        <small>{new URL(src).host}</small>
        {!shown && (
          <button
            type="button"
            data-testid="show-picture"
            onClick={() => setShown(true)}
            className="text-sm text-primary hover:underline"
          >
            {t("Show picture")}
          </button>
        )}
      </span>
      {shown && (
        <iframe
          src={`${BASE}/api/picture?url=${encodeURIComponent(src)}`}
          sandbox=""
          referrerPolicy="no-referrer"
          title={name}
          className="mb-3 block h-80 w-full rounded-lg"
        />
      )}
    </>
  );
}
