/**
 * Who the dashboard calls as: an API key and a namespace.
 *
 * The key is kept for this tab only, unless its owner asks for it to be kept on this machine.
 */
import { useSyncExternalStore } from "react";

export interface Session {
  /** The API key or token; empty where the server asks for none. */
  key: string;
  /** The namespace to act in; empty for the caller's own. */
  namespace: string;
}

const NAME = "runwire.session";
const NOBODY: Session = { key: "", namespace: "" };
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
  set({ key: key.trim(), namespace: "" }, keep);
}

export function signOut(): void {
  set(NOBODY, false);
}

export function chooseNamespace(namespace: string): void {
  set({ ...current, namespace }, localStorage.getItem(NAME) !== null);
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(next: Session, keep: boolean): void {
  current = next;
  localStorage.removeItem(NAME);
  sessionStorage.removeItem(NAME);
  if (next.key || next.namespace)
    (keep ? localStorage : sessionStorage).setItem(NAME, JSON.stringify(next));
  for (const each of listeners) each();
}

function read(): Session {
  const kept = sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
  if (!kept) return NOBODY;
  try {
    const found = JSON.parse(kept) as Partial<Session>;
    return { key: String(found.key ?? ""), namespace: String(found.namespace ?? "") };
  } catch {
    return NOBODY;
  }
}
