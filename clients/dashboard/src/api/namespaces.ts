/** Namespaces: read, made, changed and deleted by callers who administer the server everywhere. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { useIdentity } from "@/api/identity";
import type { Message } from "@/api/types";

export type Namespace = Message<"Namespace">;
export type Quotas = Message<"Quotas">;

const PAGE_SIZE = 1000;
const KEY = ["namespaces"];

/** Whether the caller may list and change namespaces. */
export function useOperates(): boolean {
  const { data } = useIdentity();
  return data?.role === "ROLE_ADMIN" && data.everywhere === true;
}

/** The namespaces by name; the first thousand of them. */
export function useNamespaces() {
  const enabled = useOperates();
  return useQuery({
    queryKey: KEY,
    enabled,
    queryFn: () =>
      answer(api.GET("/v1/namespaces", { params: { query: { pageSize: PAGE_SIZE } } })),
    staleTime: 30_000,
  });
}

export interface NamespaceValues {
  namespace: string;
  displayName: string;
  quotas: Quotas;
}

/** Make a namespace, or change one that is there. */
export function useSaveNamespace(exists: boolean) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: NamespaceValues) => (exists ? update(body) : create(body)),
    onSuccess: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteNamespace() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (namespace: string) =>
      answer(api.DELETE("/v1/namespaces/{namespace}", { params: { path: { namespace } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}

async function create(body: NamespaceValues): Promise<Namespace | undefined> {
  return (await answer(api.POST("/v1/namespaces", { body }))).namespace;
}

async function update(body: NamespaceValues): Promise<Namespace | undefined> {
  const params = {
    path: { namespace: body.namespace },
    query: { updateMask: "displayName,quotas" },
  };
  return (await answer(api.PATCH("/v1/namespaces/{namespace}", { params, body }))).namespace;
}
