/** Where the API is described. */
import { ExternalLink } from "lucide-react";

import { Card } from "@/components/ui/card";

const DOCUMENTS = [
  ["/docs", "Try the API", "Every call over HTTP, to try out in the browser"],
  ["/redoc", "Read the API", "The same, to read"],
  ["/openapi.json", "OpenAPI", "The document that both are made from, for generators"],
] as const;

export function Documents() {
  return (
    <Card title="The API">
      <ul className="grid gap-2">
        {DOCUMENTS.map(([to, name, words]) => (
          <li key={to} className="text-sm">
            <a
              href={to}
              target="_blank"
              rel="noreferrer"
              className="inline-flex items-center gap-1 font-medium text-brand underline-offset-2 hover:underline"
            >
              {name}
              <ExternalLink aria-hidden className="size-3.5" />
            </a>
            <span className="block text-[13px] text-soft">{words}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
