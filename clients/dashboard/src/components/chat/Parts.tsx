/** What a message says, as text: nothing in it becomes markup. */
import { ExternalLink } from "lucide-react";

import type { Part } from "@/components/chat/parts";
import { JsonView } from "@/components/JsonEditor";

export function Parts({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, at) => <PartView key={at} part={part} />);
}

function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case "text":
      return <p className="whitespace-pre-wrap break-words leading-relaxed">{part.text}</p>;
    case "thought":
      return (
        <details className="text-[13px] text-soft">
          <summary className="w-fit cursor-pointer rounded">Thoughts</summary>
          <p className="mt-1 whitespace-pre-wrap break-words border-l-2 pl-3">{part.text}</p>
        </details>
      );
    case "image":
      return (
        <img
          src={part.source}
          alt="Picture in this message"
          className="max-h-80 max-w-full rounded-md border"
        />
      );
    case "link":
      return (
        <a
          href={part.url}
          target="_blank"
          rel="noreferrer noopener"
          className="inline-flex max-w-full items-center gap-1.5 break-all text-sm text-brand underline"
        >
          <ExternalLink aria-hidden className="size-4 shrink-0" />
          {part.url}
        </a>
      );
    case "json":
      return <JsonView value={part.value} label="Part of the message" maxHeight="16rem" />;
  }
}
