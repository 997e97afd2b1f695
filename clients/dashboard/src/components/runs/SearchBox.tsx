/** Where free text is typed; the list follows a moment later. */
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";

import { Input } from "@/components/ui/input";

interface Props {
  box: RefObject<HTMLInputElement | null>;
  text: string;
  onText: (text: string | undefined) => void;
}

const AFTER_MS = 300;

export function SearchBox({ box, text, onText }: Props) {
  const [draft, setDraft] = useState(text);
  const [known, setKnown] = useState(text);
  const tell = useRef(onText);
  useEffect(() => {
    tell.current = onText;
  });
  // The address changed by other means: the way back, or a chip that was taken off.
  if (known !== text) {
    setKnown(text);
    if (draft.trim() !== text) setDraft(text);
  }
  useEffect(() => {
    if (draft.trim() === text) return;
    const timer = setTimeout(() => tell.current(draft.trim() || undefined), AFTER_MS);
    return () => clearTimeout(timer);
  }, [draft, text]);
  return (
    <div className="relative min-w-48 flex-1 md:max-w-md">
      <Search
        aria-hidden
        className="pointer-events-none absolute left-2.5 top-2.5 size-4 text-soft"
      />
      <Input
        ref={box}
        type="text"
        enterKeyHint="search"
        aria-label="Search runs"
        placeholder="Search ids, labels, errors… ( / )"
        maxLength={300}
        value={draft}
        className="pl-8 pr-8"
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {draft && (
        <button
          type="button"
          aria-label="Clear the text"
          onClick={() => {
            setDraft("");
            box.current?.focus();
          }}
          className="absolute right-1 top-1 grid size-7 place-items-center rounded text-soft hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}
