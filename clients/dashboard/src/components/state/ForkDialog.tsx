/** Starts a new run from a checkpoint, with a state that may be edited first. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { GitFork } from "lucide-react";
import { useState } from "react";

import { asApiError } from "@/api/errors";
import { useGraph } from "@/api/graphs";
import { forkRun, idOf, steadyRequestId } from "@/api/run-deeds";
import type { Run } from "@/api/types";
import { Refusal } from "@/components/run/Refusal";
import { SchemaForm } from "@/components/SchemaForm";
import { changesOf, updateOf, type Values } from "@/components/state/changes";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { valueOf } from "@/lib/payload";
import { faultsOf } from "@/lib/schema/faults";
import { isRecord, without } from "@/lib/schema/resolve";

interface Props {
  run: Run;
  checkpointId: string;
  values: Values;
  onClose: () => void;
}

/** Where the changed keys stand in the request. */
const PATH = "update";

export function ForkDialog({ run, checkpointId, values, onClose }: Props) {
  const navigate = useNavigate();
  const graph = useGraph(run.spec?.graphId ?? "", run.graphVersion ?? 0);
  const found = valueOf(graph.data?.stateSchema);
  // Only some keys are sent: none is needed.
  const schema = isRecord(found) ? without(found, "required") : {};
  const [edited, setEdited] = useState<unknown>(values);
  const [tried, setTried] = useState(false);
  const [spoiled, setSpoiled] = useState("");
  const [idFor] = useState(steadyRequestId);
  const isObject = isRecord(edited);
  const state = isObject ? edited : {};
  const update = updateOf(values, state);
  const gone = changesOf(values, state).filter((each) => each.what === "removed");
  const fork = useMutation({
    mutationFn: () => {
      const asked = { checkpointId, update };
      return forkRun(run, { ...asked, requestId: idFor(asked) });
    },
    onSuccess: (made) => navigate({ to: "/ui/runs/$runId", params: { runId: idOf(made) } }),
  });
  const violations = fork.error ? asApiError(fork.error).violations : [];
  const submit = () => {
    setTried(true);
    if (spoiled || !isObject || gone.length || fork.isPending) return;
    if (!faultsOf(schema, update, PATH).length) fork.mutate();
  };
  const changed = Object.keys(update);
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Fork from here"
      description="A new run goes on from this state; change what should be different."
    >
      <form
        noValidate
        className="grid min-w-0 gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SchemaForm
          schema={schema}
          value={edited}
          onChange={setEdited}
          violations={violations}
          path={PATH}
          label="State"
          showFaults={tried}
          onSpoiled={setSpoiled}
        />
        {gone.length > 0 && (
          <p role="alert" className="text-[13px] text-danger">
            A fork cannot remove a key: put back {gone.map((each) => each.key).join(", ")}.
          </p>
        )}
        {!isObject && (
          <p role="alert" className="text-[13px] text-danger">
            A state is an object of keys.
          </p>
        )}
        {!violations.length && <Refusal error={fork.error} />}
        <div className="flex flex-wrap items-center justify-end gap-3">
          <p className="mr-auto break-words text-[13px] text-soft">
            {changed.length ? `Changed: ${changed.join(", ")}` : "Nothing is changed."}
          </p>
          <Button type="submit" variant="primary" disabled={fork.isPending}>
            <GitFork aria-hidden />
            {fork.isPending ? "Forking…" : "Fork"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
