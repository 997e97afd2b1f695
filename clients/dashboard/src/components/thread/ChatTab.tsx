/** The chat of a thread; one without a graph asks for it first. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { isThreaded, startableGraphs } from "@/api/startable";
import type { Thread } from "@/api/types";
import { Chat } from "@/components/chat/Chat";
import { Field, Select } from "@/components/ui/input";

export function ChatTab({ thread }: { thread: Thread }) {
  const [picked, setPicked] = useState("");
  const held = thread.graphId ?? "";
  const graphs = useQuery({ ...startableGraphs(), enabled: !held }).data?.filter(isThreaded) ?? [];
  const graphId = held || picked || (graphs.length === 1 ? (graphs[0]?.graphId ?? "") : "");
  return (
    <div className="grid min-w-0 gap-3">
      {!held && graphs.length > 1 && (
        <Field label="Speak to" name="chat-graph" hint="The graph whose state the thread holds.">
          <Select
            id="chat-graph"
            aria-describedby="chat-graph-note"
            className="max-w-sm"
            value={picked}
            onChange={(event) => setPicked(event.target.value)}
          >
            <option value="">Choose a graph …</option>
            {graphs.map((each) => (
              <option key={each.graphId}>{each.graphId}</option>
            ))}
          </Select>
        </Field>
      )}
      <Chat key={thread.threadId} threadId={thread.threadId ?? ""} graphId={graphId} />
    </div>
  );
}
