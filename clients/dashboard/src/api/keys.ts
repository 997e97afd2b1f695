/** API keys: listed, made and revoked by admins. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Message } from "@/api/types";

export type Key = Message<"Key">;
export type Role = Message<"Role">;
export type NewKey = Message<"CreateKeyRequest">;

const PAGE_SIZE = 100;
const KEY = ["keys"];

export function useKeys() {
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/keys", { params: { query: { pageSize: PAGE_SIZE, pageToken: pageParam } } }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/**
 * Make a key. `shown` is given the secret, which is in this answer and nowhere else: it is no part of
 * what the cache keeps.
 */
export function useCreateKey(shown: (secret: string) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewKey) => {
      const { secret } = await answer(api.POST("/v1/keys", { body }));
      shown(secret ?? "");
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}

export function useRevokeKey() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (keyId: string) =>
      answer(
        api.POST("/v1/keys/{key_id}:revoke", { params: { path: { key_id: keyId } }, body: {} }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}
