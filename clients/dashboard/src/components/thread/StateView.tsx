/** What is at a state besides its values: what comes next, and who asked what. */
import { ArrowRight, CircleHelp, CircleX } from "lucide-react";

import type { ThreadState } from "@/api/threads";
import { JsonView } from "@/components/JsonEditor";
import { Timestamp } from "@/components/Timestamp";
import { Fact, Facts } from "@/components/ui/card";
import { valueOf } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";

export function StateFacts({ state }: { state: ThreadState }) {
  const metadata = valueOf(state.metadata);
  const said = (name: string) => (isRecord(metadata) ? String(metadata[name] ?? "–") : "–");
  return (
    <div className="grid gap-3">
      <Facts>
        <Fact name="Checkpoint">
          <span className="font-mono text-xs" title={state.checkpoint?.checkpointId}>
            {state.checkpoint?.checkpointId ?? "none yet"}
          </span>
        </Fact>
        <Fact name="Step">{said("step")}</Fact>
        <Fact name="Came by">{said("source")}</Fact>
        <Fact name="Saved">
          <Timestamp time={state.createTime} />
        </Fact>
        <Fact name="Next">
          {state.nextNodes?.length ? (
            <span className="inline-flex items-center gap-1 font-mono text-xs">
              <ArrowRight aria-hidden className="size-3.5" />
              {state.nextNodes.join(", ")}
            </span>
          ) : (
            "nothing: the end"
          )}
        </Fact>
      </Facts>
      <Tasks state={state} />
    </div>
  );
}

function Tasks({ state }: { state: ThreadState }) {
  const telling = (state.tasks ?? []).filter(
    (task) => task.errorMessage || task.interrupts?.length,
  );
  if (!telling.length) return null;
  return (
    <ul aria-label="Tasks" className="grid gap-2">
      {telling.map((task) => (
        <li key={task.taskId} className="grid min-w-0 gap-2 rounded-md border p-3 text-[13px]">
          <p className="font-mono text-xs font-medium">{task.node}</p>
          {task.errorMessage && (
            <p className="flex gap-1.5 break-words text-danger">
              <CircleX aria-hidden className="mt-0.5 size-3.5 shrink-0" />
              {task.errorMessage}
            </p>
          )}
          {task.interrupts?.map((each) => (
            <div key={each.interruptId} className="grid min-w-0 gap-1">
              <p className="flex items-center gap-1.5 text-interrupted">
                <CircleHelp aria-hidden className="size-3.5 shrink-0" />
                asks
              </p>
              <JsonView value={valueOf(each.value)} label="Question" maxHeight="10rem" />
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
