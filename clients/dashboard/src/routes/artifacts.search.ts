/** What of the artifacts page stands in its address. */
import { KINDS, type Kind } from "@/components/artifact/kind";

export interface ArtifactsSearch {
  /** The artifact that is shown. */
  artifact?: string;
  /** Only artifacts of this run. */
  run?: string;
  /** Only those with this in their name. */
  q?: string;
  kind?: Kind;
}

export function artifactsSearch(search: Record<string, unknown>): ArtifactsSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" && value ? value : undefined;
  };
  return {
    artifact: text("artifact"),
    run: text("run"),
    q: text("q"),
    kind: KINDS.find((each) => each === search["kind"]),
  };
}
