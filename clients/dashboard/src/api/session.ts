/**
 * Who the dashboard calls as: an API key or token, and a namespace.
 *
 * The key is kept for this tab only, unless its owner asks for it to be kept on this machine. One
 * that the server refuses is forgotten at once, wherever it was kept.
 */
import { useSyncExternalStore } from "react";

import type { ApiError } from "@/api/errors";

export interface Session {
  /** The API key or token; empty where the server asks for none. */
  key: string;
  /** The namespace to act in; empty for the caller's own. */
  namespace: string;
  /** Why the server does not let the dashboard in; it asks for a key as long as this is set. */
  refused: ApiError | null;
}

const NAME = "runwire.session";
const NOBODY: Session = { key: "", namespace: "", refused: null };
const listeners = new Set<() => void>();
let current: Session = read();

export function session(): Session {
  return current;
}

/** Follow the session. */
export function useSession(): Session {
  return useSyncExternalStore(subscribe, session);
}

/** Call as somebody from now on; `keep` outlives the tab. */
export function signIn(key: string, keep: boolean): void {
  set({ ...NOBODY, key: key.trim() }, keep);
}

export function signOut(): void {
  set(NOBODY, false);
}

/** The server refused what was shown: who looks has to sign in, and stays where they are. */
export function refuse(error: ApiError): void {
  if (!current.refused) set({ ...NOBODY, refused: error }, false);
}

export function chooseNamespace(namespace: string): void {
  set({ ...current, namespace: namespace.trim() }, localStorage.getItem(NAME) !== null);
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set({ key, namespace, refused }: Session, keep: boolean): void {
  localStorage.removeItem(NAME);
  sessionStorage.removeItem(NAME);
  if (key || namespace)
    (keep ? localStorage : sessionStorage).setItem(NAME, JSON.stringify({ key, namespace }));
  become({ key, namespace, refused });
}

function become(next: Session): void {
  current = next;
  for (const each of listeners) each();
}

function read(): Session {
  const kept = sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
  if (!kept) return NOBODY;
  try {
    const found = JSON.parse(kept) as Partial<Session> | null;
    return { ...NOBODY, key: text(found?.key), namespace: text(found?.namespace) };
  } catch {
    return NOBODY;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

// What another tab keeps or forgets on this machine holds here, too, unless this tab has its own.
addEventListener("storage", ({ key, storageArea }) => {
  if (storageArea !== localStorage || (key !== null && key !== NAME)) return;
  if (!sessionStorage.getItem(NAME)) become(read());
});
