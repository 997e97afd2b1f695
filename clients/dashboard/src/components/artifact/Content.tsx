/** The content of an artifact, shown as its kind asks for; nothing in it ever runs. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback } from "react";

import { beginning, beginningText } from "@/api/artifacts";
import type { Kind } from "@/components/artifact/kind";
import { JsonEditor } from "@/components/JsonEditor";
import { Failed, Loading } from "@/components/states";
import { pretty } from "@/lib/payload";
import { parsed } from "@/lib/schema/typed";

const CsvTable = lazy(() => import("@/components/artifact/CsvTable"));

interface Props {
  artifactId: string;
  kind: Kind;
  name: string;
  /** How much of it to show. */
  limit: number;
  /** Whether that is all of it. */
  whole: boolean;
}

export function Content(props: Props) {
  return props.kind === "image" ? <Picture {...props} /> : <Textual {...props} />;
}

function Picture({ artifactId, limit, name }: Props) {
  const { data, error, refetch } = useQuery(beginning(artifactId, limit));
  if (error && !data) return <Failed error={error} what="load it" onRetry={() => void refetch()} />;
  if (!data) return <Loading what="the picture" className="p-0" />;
  return (
    <div className="grid place-items-center rounded-md border bg-sunken p-3">
      <BlobImage blob={data} name={name} />
    </div>
  );
}

function BlobImage({ blob, name }: { blob: Blob; name: string }) {
  const show = useCallback(
    (image: HTMLImageElement) => {
      const url = URL.createObjectURL(blob);
      image.src = url;
      return () => URL.revokeObjectURL(url);
    },
    [blob],
  );
  return <img ref={show} alt={name} className="max-h-[60dvh] max-w-full" />;
}

function Textual({ artifactId, limit, kind, name, whole }: Props) {
  const { data: text, error, refetch } = useQuery(beginningText(artifactId, limit));
  if (error && text === undefined)
    return <Failed error={error} what="load it" onRetry={() => void refetch()} />;
  if (text === undefined) return <Loading what="the content" className="p-0" />;
  switch (kind) {
    case "csv":
      return (
        <Suspense fallback={<Loading what="the table" className="p-0" />}>
          <CsvTable text={text} whole={whole} label={`Content of ${name}`} />
        </Suspense>
      );
    case "json":
      return <JsonText text={text} name={name} />;
    case "html":
      return <Document text={text} name={name} />;
    default:
      return <PlainText text={text} name={name} whole={whole} />;
  }
}

function JsonText({ text, name }: { text: string; name: string }) {
  const found = parsed(text);
  return (
    <JsonEditor
      text={found.fault === undefined ? pretty(found.value) : text}
      label={`Content of ${name}`}
      maxHeight="60dvh"
      readOnly
    />
  );
}

/**
 * Somebody else's page: an empty sandbox has no scripts, forms, pop-ups or origin of ours, and it
 * inherits our policy, by which it may load nothing from elsewhere.
 */
function Document({ text, name }: { text: string; name: string }) {
  return (
    <iframe
      sandbox=""
      srcDoc={text}
      title={`Content of ${name}`}
      referrerPolicy="no-referrer"
      className="h-[65dvh] w-full rounded-md border bg-white"
    />
  );
}

const FIRST_CHARACTERS = 300_000;

function PlainText({ text, name, whole }: { text: string; name: string; whole: boolean }) {
  const cut = text.length > FIRST_CHARACTERS;
  return (
    <div className="grid min-w-0 gap-2">
      <pre
        role="region"
        aria-label={`Content of ${name}`}
        tabIndex={0}
        className="max-h-[60dvh] overflow-auto whitespace-pre-wrap break-words rounded-md border bg-sunken p-3 font-mono text-xs"
      >
        {cut ? text.slice(0, FIRST_CHARACTERS) : text}
      </pre>
      {(cut || !whole) && (
        <p className="text-xs text-soft">This is its beginning; download it for all of it.</p>
      )}
    </div>
  );
}
