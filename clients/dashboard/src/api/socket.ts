/**
 * A watch over WebSocket that goes on by itself where it broke off.
 *
 * Browsers open six HTTP/1.1 connections to a server at most, across all tabs, and a watch keeps its
 * own; WebSockets are not counted there.
 *
 * | close code | then |
 * |---|---|
 * | 1000 | complete: nothing more comes |
 * | 4400 + n, n a code that stays | refused: nothing more comes; the last line said why |
 * | any other | opened again, from the newest position, after 0.25 s … 8 s |
 */
import { CODE, ApiError, errorOf } from "@/api/errors";
import { session } from "@/api/session";
import type { Status } from "@/api/types";

export interface Watch<Message> {
  /** Path under /v1, with `/ws` at its end. */
  path: string;
  /** The query of the first, or of a further connection. */
  query: () => Record<string, string>;
  message: (message: Message) => void;
  /** The connection is open, or is not. */
  open?: (open: boolean) => void;
  /** Nothing more comes: complete without an error, or refused with one. */
  end?: (error: ApiError | null) => void;
  /** It could not be opened, and browsers do not tell why: what an ordinary call is told, if it fails for good. */
  probe?: () => Promise<ApiError | null>;
  /** It could not be opened; it is tried again. */
  missed?: () => void;
}

const FIRST_OF_OURS = 4400;
const COMPLETE = 1000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;
/** Codes after which the same watch would be refused again. */
const FINAL: ReadonlySet<number> = new Set([
  CODE.invalidArgument,
  CODE.notFound,
  CODE.permissionDenied,
  CODE.failedPrecondition,
  CODE.unauthenticated,
]);

/** Open a watch; the function that is returned closes it for good. */
export function watch<Message>(asked: Watch<Message>): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_PAUSE_MS;
  let over = false;
  let said: ApiError | null = null;

  const end = (error: ApiError | null) => {
    over = true;
    asked.end?.(error);
  };
  const again = () => {
    timer = setTimeout(connect, pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  const closed = (code: number, wasOpen: boolean) => {
    if (wasOpen) asked.open?.(false);
    if (code === COMPLETE) return end(null);
    if (FINAL.has(code - FIRST_OF_OURS))
      return end(said ?? new ApiError("the watch was refused", code - FIRST_OF_OURS));
    if (wasOpen) return again();
    asked.missed?.();
    void (asked.probe?.() ?? Promise.resolve(null)).then((error) => {
      if (over) return;
      if (error && FINAL.has(error.code)) end(error);
      else again();
    });
  };

  function connect(): void {
    const { key, namespace } = session();
    const url = new URL(`/v1/${asked.path}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = new URLSearchParams(asked.query()).toString();
    let wasOpen = false;
    const shown = [...(key ? ["bearer", key] : []), ...(namespace ? ["namespace", namespace] : [])];
    const mine = new WebSocket(url, shown);
    socket = mine;
    mine.onopen = () => {
      wasOpen = true;
      asked.open?.(true);
    };
    mine.onmessage = ({ data }) => {
      pause = FIRST_PAUSE_MS;
      const line = JSON.parse(String(data)) as { result?: Message; error?: Status };
      if (line.error) said = errorOf(line.error, "the watch failed");
      else if (line.result) asked.message(line.result);
    };
    mine.onclose = ({ code }) => {
      if (socket === mine && !over) closed(code, wasOpen);
    };
  }

  connect();
  return () => {
    over = true;
    clearTimeout(timer);
    const open = socket;
    socket = null;
    open?.close();
  };
}
