/** The keys that do something on this page. */
import { Keyboard } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useShortcut, useShortcuts } from "@/lib/shortcuts";

const SPELLED: Record<string, string> = {
  enter: "↵",
  escape: "esc",
};

export function ShortcutHelp() {
  const [open, setOpen] = useState(false);
  useShortcut("?", "Show these keys", () => setOpen(true));
  return (
    <>
      <Button
        variant="ghost"
        size="icon"
        aria-label="Keys"
        className="hidden sm:inline-flex"
        onClick={() => setOpen(true)}
      >
        <Keyboard aria-hidden />
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Keys">
        <ShortcutList />
      </Dialog>
    </>
  );
}

/** What the keys do here, as a list. */
export function ShortcutList() {
  const shortcuts = useShortcuts();
  return (
    <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
      {shortcuts.map(({ keys, does }) => (
        <div key={keys} className="contents">
          <dt className="flex gap-1">
            {keys.split(">").map((key) => (
              <kbd key={key} className="rounded border bg-sunken px-1.5 font-mono text-xs">
                {SPELLED[key] ?? key}
              </kbd>
            ))}
          </dt>
          <dd className="text-sm">{does}</dd>
        </div>
      ))}
    </dl>
  );
}
