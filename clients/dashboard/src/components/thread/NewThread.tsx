/** Asks what a new thread shall be, and makes it. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { asApiError } from "@/api/errors";
import { isThreaded, startableGraphs } from "@/api/startable";
import { createThread } from "@/api/threads";
import { JsonEditor } from "@/components/JsonEditor";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/input";
import { isRecord } from "@/lib/schema/resolve";
import { parsed } from "@/lib/schema/typed";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function NewThread({ open, onOpenChange }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New thread"
      description="A state that runs of a LangGraph graph share, one run after the other."
    >
      <Form />
    </Dialog>
  );
}

function Form() {
  const navigate = useNavigate();
  const graphs = useQuery(startableGraphs()).data?.filter(isThreaded);
  const [picked, setGraphId] = useState("");
  const [threadId, setThreadId] = useState("");
  const [text, setText] = useState("{}");
  const found = parsed(text);
  const metadata = found.fault === undefined && isRecord(found.value) ? found.value : null;
  const graphId = picked || (graphs?.length === 1 ? (graphs[0]?.graphId ?? "") : "");
  const make = useMutation({
    mutationFn: () =>
      createThread({
        threadId: threadId.trim() || undefined,
        graphId: graphId || undefined,
        metadata: metadata ?? undefined,
      }),
    onSuccess: (thread) =>
      navigate({ to: "/ui/threads/$threadId", params: { threadId: thread.threadId ?? "" } }),
  });
  const refusal = make.error ? asApiError(make.error) : null;
  const faultOf = (field: string) =>
    refusal?.violations.find((each) => each.field === field)?.description;
  const beside = refusal?.violations.every(({ field }) =>
    ["thread_id", "graph_id", "metadata"].includes(field),
  );
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (metadata && !make.isPending) make.mutate();
      }}
    >
      <Field
        label="Graph"
        name="thread-graph"
        hint="Whose state it holds."
        error={faultOf("graph_id")}
      >
        <Select
          id="thread-graph"
          aria-describedby="thread-graph-note"
          value={graphId}
          onChange={(event) => setGraphId(event.target.value)}
        >
          <option value="">Its first run says so</option>
          {graphs?.map((each) => (
            <option key={each.graphId}>{each.graphId}</option>
          ))}
        </Select>
      </Field>
      <Field
        label="Thread id"
        name="thread-id"
        hint="One is made if you give none."
        error={faultOf("thread_id")}
      >
        <Input
          id="thread-id"
          aria-describedby="thread-id-note"
          autoComplete="off"
          spellCheck={false}
          value={threadId}
          onChange={(event) => setThreadId(event.target.value)}
        />
      </Field>
      <div className="grid gap-1">
        <p className="text-[13px] font-medium">Metadata</p>
        <JsonEditor text={text} label="Metadata" maxHeight="12rem" onChange={setText} />
        <p role={metadata ? undefined : "alert"} className="min-h-4 text-xs text-danger">
          {metadata ? (faultOf("metadata") ?? "") : (found.fault ?? "Write a JSON object.")}
        </p>
      </div>
      {refusal && (!beside || !refusal.violations.length) && (
        <p role="alert" className="break-words text-sm text-danger">
          {refusal.message}
        </p>
      )}
      <div className="flex justify-end">
        <Button type="submit" variant="primary" disabled={make.isPending || !metadata}>
          Make the thread
        </Button>
      </div>
    </form>
  );
}
