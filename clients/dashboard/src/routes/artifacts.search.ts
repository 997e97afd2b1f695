/** What of the artifacts page stands in its address. */

export interface ArtifactsSearch {
  /** The artifact that is shown. */
  artifact?: string;
  /** Only artifacts of this run. */
  run?: string;
}

export function artifactsSearch(search: Record<string, unknown>): ArtifactsSearch {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" && value ? value : undefined;
  };
  return { artifact: text("artifact"), run: text("run") };
}
