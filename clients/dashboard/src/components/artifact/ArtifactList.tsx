/** Artifacts to choose from. */
import { File, FileImage, FileJson, FileText, Globe, Table2, type LucideIcon } from "lucide-react";

import type { Artifact } from "@/api/types";
import { kindOf, type Kind } from "@/components/artifact/kind";
import { Timestamp } from "@/components/Timestamp";
import { cn } from "@/lib/classes";
import { bytes } from "@/lib/numbers";

const SIGNS: Record<Kind, LucideIcon> = {
  json: FileJson,
  csv: Table2,
  image: FileImage,
  html: Globe,
  text: FileText,
  other: File,
};

interface Props {
  artifacts: readonly Artifact[];
  chosen: string;
  onChoose: (artifactId: string) => void;
}

export function ArtifactList({ artifacts, chosen, onChoose }: Props) {
  return (
    <ul aria-label="Artifacts" className="grid min-w-0 gap-0.5 p-1">
      {artifacts.map((each) => {
        const id = each.artifactId ?? "";
        const Sign = SIGNS[kindOf(each)];
        return (
          <li key={id} className="min-w-0">
            <button
              type="button"
              aria-current={id === chosen}
              onClick={() => onChoose(id)}
              className={cn(
                "flex w-full min-w-0 items-center gap-3 rounded-md border border-transparent px-3 py-1.5 text-left -outline-offset-2 hover:bg-sunken",
                id === chosen && "border-brand bg-brand-soft hover:bg-brand-soft",
              )}
            >
              <Sign aria-hidden className="size-4 shrink-0 text-soft" />
              <span className="grid min-w-0 flex-1">
                <span className="truncate text-sm font-medium">{each.filename || id}</span>
                <span className="truncate text-xs text-soft">
                  {bytes(each.sizeBytes)}
                  {each.status === "ARTIFACT_STATUS_UPLOADING" && " · still arriving"}
                  {" · "}
                  <Timestamp time={each.createTime} />
                </span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
