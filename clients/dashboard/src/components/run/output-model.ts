/**
 * What a run said as it went: streamed text by channel and step, how far each step is, log lines.
 *
 * Text is kept in pieces of which only the last one grows, so that a view shows a new token without
 * laying out what came before. A run that talks for hours shows the newest: the event log has it all.
 */
import type { RunEvent } from "@/api/types";
import { severityOf } from "@/components/run/event-kinds";
import { brief, valueOf } from "@/lib/payload";

export interface Stream {
  id: string;
  channel: string;
  stepId: string;
  /** The text in pieces; all but the last one stay as they are. */
  pieces: readonly string[];
  /** Pieces that are no longer kept stood before them. */
  dropped: number;
  chunks: number;
}

export interface Bar {
  stepId: string;
  fraction: number;
  message: string;
}

export interface Line {
  sequence: string;
  time: string;
  stepId: string;
  severity: number;
  message: string;
}

export interface OutputShown {
  /** The newest ones, in the order in which they began. */
  streams: readonly Stream[];
  /** Of steps that are under way. */
  bars: readonly Bar[];
  lines: readonly Line[];
  /** Anything was ever said. */
  any: boolean;
}

export const MOST_STREAMS = 24;
export const MOST_LINES = 100;
const PIECE = 1_000;
const MOST_PIECES = 50;

type Kept = Stream & { pieces: string[] };

export class OutputModel {
  private streams: Kept[] = [];
  private readonly byId = new Map<string, Kept>();
  private readonly bars = new Map<string, Bar>();
  private lines: Line[] = [];
  private any = false;

  take(events: readonly RunEvent[], from = 0): void {
    for (let at = from; at < events.length; at++) {
      const event = events[at];
      if (event) this.add(event);
    }
  }

  show(): OutputShown {
    const { streams, bars, lines, any } = this;
    return {
      streams: streams.map((each) => ({ ...each, pieces: each.pieces.slice() })),
      bars: [...bars.values()],
      lines: lines.slice(-MOST_LINES),
      any,
    };
  }

  private add(event: RunEvent): void {
    const stepId = event.stepId ?? "";
    const { outputChunk, progress, logEntry, stepChanged, statusChanged } = event;
    if (outputChunk) this.said(stepId, outputChunk);
    else if (progress) {
      const fraction = Math.min(1, Math.max(0, Number(progress.fraction ?? 0) || 0));
      this.bars.set(stepId, { stepId, fraction, message: progress.message ?? "" });
    } else if (logEntry) this.logged(event, logEntry.message ?? "");
    else if (stepChanged) this.bars.delete(stepId);
    else if (statusChanged && statusChanged.toStatus !== "RUN_STATUS_CANCELLING") this.bars.clear();
  }

  private said(stepId: string, chunk: NonNullable<RunEvent["outputChunk"]>): void {
    const channel = chunk.channel ?? "";
    const said = spoken(channel, valueOf(chunk.payload));
    const stream = this.streamOf(`${channel} ${stepId} ${said.part}`, channel, stepId);
    stream.chunks++;
    if (said.anew) {
      stream.pieces = [];
      stream.dropped = 0;
    }
    append(stream, said.text);
  }

  private logged(event: RunEvent, message: string): void {
    this.any = true;
    const { sequence = "", eventTime: time = "", stepId = "" } = event;
    this.lines.push({ sequence, time, stepId, severity: severityOf(event), message });
    // Cut rarely: each cut copies.
    if (this.lines.length > 2 * MOST_LINES) this.lines = this.lines.slice(-MOST_LINES);
  }

  private streamOf(id: string, channel: string, stepId: string): Kept {
    this.any = true;
    const found = this.byId.get(id);
    if (found) return found;
    const made: Kept = { id, channel, stepId, pieces: [], dropped: 0, chunks: 0 };
    this.streams.push(made);
    this.byId.set(id, made);
    if (this.streams.length > MOST_STREAMS)
      for (const old of this.streams.splice(0, this.streams.length - MOST_STREAMS))
        this.byId.delete(old.id);
    return made;
  }
}

interface Spoken {
  text: string;
  /** Which of several that are spoken at once, the id of a message. */
  part: string;
  /** In place of what was said before. */
  anew: boolean;
}

/** Return what a chunk says: text as it is, LangGraph's messages as their text, anything else as a line of JSON. */
export function spoken(channel: string, value: unknown): Spoken {
  if (typeof value === "string") return { text: value, part: "", anew: false };
  const message = Array.isArray(value) ? value.at(channel.startsWith("messages/") ? -1 : 0) : value;
  if (/^messages(\||\/partial|\/complete|$)/.test(channel) && isObject(message)) {
    const anew = channel !== "messages" && !channel.startsWith("messages|");
    return { text: textOf(message["content"]), part: String(message["id"] ?? ""), anew };
  }
  return { text: `${brief(value, PIECE)}\n`, part: "", anew: false };
}

/** Content of a message: text, or parts some of which are text. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "string" ? part : isObject(part) ? String(part["text"] ?? "") : "",
    )
    .join("");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function append(stream: Kept, text: string): void {
  const { pieces } = stream;
  const last = pieces.length - 1;
  const before = pieces[last];
  if (before !== undefined && before.length < PIECE) pieces[last] = before + text;
  else pieces.push(text);
  if (pieces.length <= MOST_PIECES) return;
  pieces.shift();
  stream.dropped++;
}
