/** The secret of a new key, this once. */
import { TriangleAlert } from "lucide-react";

import { CopyButton } from "@/components/CopyButton";
import { Button } from "@/components/ui/button";

export function SecretOnce({ secret, onDone }: { secret: string; onDone: () => void }) {
  return (
    <div className="grid gap-4">
      <p className="flex items-start gap-2 text-sm">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-interrupted" />
        Copy it now: the server keeps only a hash of it, and nobody can show it again.
      </p>
      <div className="flex items-center gap-2 rounded-md border bg-sunken px-3 py-2">
        <code data-secret className="min-w-0 flex-1 break-all font-mono text-[13px]">
          {secret}
        </code>
        <CopyButton text={secret} what="the key" />
      </div>
      <Button variant="primary" className="justify-self-end" onClick={onDone}>
        I have it
      </Button>
    </div>
  );
}
