/** Artifacts: lists, content, storing and deleting. */
import { infiniteQueryOptions, queryOptions, type InfiniteData } from "@tanstack/react-query";

import { answer, api, content, send } from "@/api/client";
import { errorOf } from "@/api/errors";
import { queryClient } from "@/api/query";
import { newRequestId } from "@/api/run-deeds";
import type { Artifact, Message, Status } from "@/api/types";
import { download } from "@/lib/download";

const PAGE = 50;
const IN_MEMORY_BYTES = 50_000_000;

interface Page {
  artifacts?: Artifact[];
  nextPageToken?: string;
}

/** All, or those of a run. */
export function artifactsOf(runId = "") {
  return infiniteQueryOptions({
    queryKey: ["artifacts", runId],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }): Promise<Page> => {
      const query = {
        pageSize: PAGE,
        pageToken: pageParam || undefined,
        runId: runId || undefined,
      };
      return answer(api.GET("/v1/artifacts", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function flat(pages: InfiniteData<Page> | undefined): readonly Artifact[] {
  return pages?.pages.flatMap((page) => page.artifacts ?? []) ?? [];
}

export function artifact(artifactId: string) {
  return queryOptions({
    queryKey: ["artifact", artifactId],
    queryFn: async ({ signal }): Promise<Artifact> => {
      const params = { path: { artifact_id: artifactId } };
      const found = await answer(api.GET("/v1/artifacts/{artifact_id}", { params, signal }));
      return found.artifact ?? {};
    },
  });
}

/** The first bytes of an artifact, as they are. */
export function beginning(artifactId: string, limit: number) {
  return queryOptions({
    queryKey: ["artifact", artifactId, "content", limit],
    queryFn: ({ signal }) => read(artifactId, limit, signal).then((found) => found.blob()),
    ...ONCE,
  });
}

/** The first bytes of an artifact, as text. */
export function beginningText(artifactId: string, limit: number) {
  return queryOptions({
    queryKey: ["artifact", artifactId, "text", limit],
    queryFn: ({ signal }) => read(artifactId, limit, signal).then((found) => found.text()),
    ...ONCE,
  });
}

/** Content never changes; and megabytes are not kept for pages that nobody looks at any more. */
const ONCE = { staleTime: Number.POSITIVE_INFINITY, gcTime: 30_000 };

function read(artifactId: string, limit: number, signal: AbortSignal): Promise<Response> {
  return content(`${pathOf(artifactId)}?readLimit=${limit}`, signal);
}

function pathOf(artifactId: string): string {
  return `/v1/artifacts/${encodeURIComponent(artifactId)}:download`;
}

/** Store a file; a break in the connection is left to the person, who sees how far it came. */
export async function uploadArtifact(file: File): Promise<Artifact> {
  const query = new URLSearchParams({ filename: file.name, requestId: newRequestId() });
  const response = await send(
    new Request(new URL(`/v1/artifacts:upload?${query.toString()}`, location.origin), {
      method: "POST",
      body: file,
      headers: { "Content-Type": file.type || typeByName(file.name) },
    }),
  );
  const said: unknown = await response.json().catch(() => undefined);
  if (!response.ok)
    throw errorOf(said as Status | undefined, `the server answered ${response.status}`);
  await queryClient.invalidateQueries({ queryKey: ["artifacts"] });
  return (said as Message<"UploadArtifactResponse">).artifact ?? {};
}

export async function deleteArtifact(artifactId: string): Promise<void> {
  const params = { path: { artifact_id: artifactId } };
  await answer(api.DELETE("/v1/artifacts/{artifact_id}", { params }));
  queryClient.removeQueries({ queryKey: ["artifact", artifactId] });
  await queryClient.invalidateQueries({ queryKey: ["artifacts"] });
}

/**
 * Save an artifact as a file. What is large is written as it comes where the browser lets a page do
 * so; else it is held in memory first. The key is in a header, never in an address.
 */
export async function saveArtifact(found: Artifact): Promise<void> {
  const { artifactId = "", filename, sizeBytes = "0" } = found;
  const name = filename || artifactId;
  const picker = (window as WithPicker).showSaveFilePicker;
  if (picker && Number(sizeBytes) > IN_MEMORY_BYTES) {
    const file = await picker.call(window, { suggestedName: name }).catch(() => null);
    if (!file) return;
    const { body } = await content(pathOf(artifactId));
    await body?.pipeTo(await file.createWritable());
    return;
  }
  download(name, await (await content(pathOf(artifactId))).blob());
}

interface WithPicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

const TYPES: Record<string, string> = {
  csv: "text/csv",
  json: "application/json",
  md: "text/markdown",
  log: "text/plain",
  txt: "text/plain",
};

/** Browsers know no type of some files that graphs like. */
function typeByName(name: string): string {
  return TYPES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
}
