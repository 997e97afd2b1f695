/** A sign for each kind of event. */
import {
  Activity,
  Box,
  CircleHelp,
  Footprints,
  Gauge,
  type LucideIcon,
  MessageCircleReply,
  MessageSquareText,
  Paperclip,
  ScrollText,
  Sparkles,
  SquareStack,
} from "lucide-react";

import type { EventKind } from "@/components/run/event-kinds";

export const KIND_SIGNS: Record<EventKind, LucideIcon> = {
  statusChanged: Activity,
  stepChanged: Footprints,
  stateUpdated: SquareStack,
  logEntry: ScrollText,
  custom: Sparkles,
  outputChunk: MessageSquareText,
  progress: Gauge,
  artifactAdded: Paperclip,
  interruptRaised: CircleHelp,
  interruptAnswered: MessageCircleReply,
  unknown: Box,
};
