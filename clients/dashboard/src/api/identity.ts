/** Who the server takes the caller to be, and what it may do: what it may not is not offered. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { useSession } from "@/api/session";
import type { Identity } from "@/api/types";

/** What a page may want to offer. */
export type Deed = "read" | "run" | "administer";

const RANK = { read: 1, run: 2, administer: 3 } as const;
const RANK_OF_ROLE: Partial<Record<NonNullable<Identity["role"]>, number>> = {
  ROLE_READER: 1,
  ROLE_RUNNER: 2,
  ROLE_ADMIN: 3,
};

export function useIdentity() {
  const { key, namespace, refused } = useSession();
  return useQuery({
    enabled: !refused,
    queryKey: ["identity", key, namespace],
    queryFn: async () => (await answer(api.GET("/v1/identity"))).identity ?? {},
    staleTime: 60_000,
  });
}

export function may(identity: Identity | undefined, deed: Deed): boolean {
  return (RANK_OF_ROLE[identity?.role ?? "ROLE_UNSPECIFIED"] ?? 0) >= RANK[deed];
}

/** Whether the caller may do something; not as long as that is not known. */
export function useMay(deed: Deed): boolean {
  return may(useIdentity().data, deed);
}
