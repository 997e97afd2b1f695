/**
 * Whether the server can be reached: what the light at the top shows.
 *
 * The watch of all runs is the one connection that every page has; what it meets is what is shown.
 * Single calls that get no answer say so earlier.
 */
import { useSyncExternalStore } from "react";

export type Link = "connecting" | "live" | "lost";

class Connection {
  private link: Link = "connecting";
  private began = Date.now();
  private watching = false;
  private readonly listeners = new Set<() => void>();

  /** A call was answered. */
  reached(): void {
    if (this.link === "lost") this.set(this.watching ? "live" : "connecting");
  }

  /** A call got no answer. */
  missed(): void {
    if (this.link !== "lost") this.set("lost");
  }

  /** The watch of all runs is open, or broke off. */
  watched(open: boolean): void {
    this.watching = open;
    this.set(open ? "live" : this.link === "live" ? "lost" : this.link);
  }

  /** The watch could not be opened again. */
  failed(): void {
    this.watching = false;
    this.set("lost");
  }

  readonly get = (): Link => this.link;

  /** When it became what it is, in milliseconds. */
  readonly since = (): number => this.began;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private set(link: Link): void {
    if (this.link === link) return;
    this.link = link;
    this.began = Date.now();
    for (const each of this.listeners) each();
  }
}

export const connection = new Connection();

/** Follow whether the server can be reached. */
export function useConnection(): Link {
  return useSyncExternalStore(connection.subscribe, connection.get);
}

/** Follow since when it is so. */
export function useConnectionSince(): number {
  return useSyncExternalStore(connection.subscribe, connection.since);
}
