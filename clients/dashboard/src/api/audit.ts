/** The audit log: what callers changed or tried to change, newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Message } from "@/api/types";
import { auditFilter, type AuditChoice } from "@/lib/audit";

export type AuditEntry = Message<"AuditEntry">;

const PAGE_SIZE = 100;

interface At {
  token: string;
  /** Pages of one list have one filter, and "an hour ago" is another time with each. */
  filter: string;
}

export function useAudit(choice: AuditChoice) {
  return useInfiniteQuery({
    queryKey: ["audit", choice],
    queryFn: ({ pageParam: { token, filter } }) =>
      page(token ? { token, filter } : { token, filter: auditFilter(choice, Date.now()) }),
    initialPageParam: { token: "", filter: "" },
    getNextPageParam: ({ nextPageToken, filter }): At | undefined =>
      nextPageToken ? { token: nextPageToken, filter } : undefined,
  });
}

async function page({ token, filter }: At) {
  const query = { pageSize: PAGE_SIZE, pageToken: token, filter };
  return { ...(await answer(api.GET("/v1/audit", { params: { query } }))), filter };
}
