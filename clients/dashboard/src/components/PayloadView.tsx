/** What a payload holds: JSON as far as one can read it, text, or the artifact that holds it. */
import { Link } from "@tanstack/react-router";
import { Package } from "lucide-react";
import { useMemo, useState } from "react";

import type { Payload } from "@/api/types";
import { CopyButton } from "@/components/CopyButton";
import { JsonEditor } from "@/components/JsonEditor";
import { Button } from "@/components/ui/button";
import { bytes } from "@/lib/numbers";
import { pretty, valueOf } from "@/lib/payload";

interface Props {
  payload: Payload | undefined;
  /** What it is, for those who hear it. */
  label: string;
  maxHeight?: string;
}

/** More of it is shown only to those who ask: an editor of megabytes makes a page slow. */
const AT_FIRST = 100_000;

export function PayloadView({ payload, label, maxHeight = "24rem" }: Props) {
  const [all, setAll] = useState(false);
  const text = useMemo(() => pretty(valueOf(payload)), [payload]);
  if (payload?.artifactId) return <ArtifactLink artifactId={payload.artifactId} />;
  if (!text) return <p className="text-sm text-soft">None.</p>;
  const cut = !all && text.length > AT_FIRST;
  return (
    <div className="relative min-w-0">
      <div className="absolute right-1 top-1 z-10 rounded bg-panel/80">
        <CopyButton text={text} what={label} />
      </div>
      <JsonEditor
        text={cut ? text.slice(0, AT_FIRST) : text}
        label={label}
        maxHeight={maxHeight}
        readOnly
      />
      {cut && (
        <p className="mt-2 flex flex-wrap items-center gap-2 text-[13px] text-soft">
          The first {bytes(AT_FIRST)} of {bytes(text.length)}.
          <Button size="sm" onClick={() => setAll(true)}>
            Show all
          </Button>
        </p>
      )}
    </div>
  );
}

export function ArtifactLink({ artifactId }: { artifactId: string }) {
  return (
    <Link
      to="/ui/artifacts"
      search={{ artifact: artifactId }}
      className="inline-flex min-w-0 items-center gap-1.5 break-all text-sm text-brand underline"
    >
      <Package aria-hidden className="size-4 shrink-0" />
      {artifactId}
    </Link>
  );
}
