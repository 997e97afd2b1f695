/** Asks why, then cancels a run. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { cancelRun } from "@/api/run-deeds";
import type { Run } from "@/api/types";
import { Refusal } from "@/components/run/Refusal";
import { Confirm } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/input";

interface Props {
  run: Run;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function CancelDialog({ run, open, onOpenChange }: Props) {
  const [reason, setReason] = useState("");
  const cancel = useMutation({
    mutationFn: () => cancelRun(run, reason.trim()),
    onSuccess: () => onOpenChange(false),
  });
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        cancel.reset();
        onOpenChange(next);
      }}
      title="Cancel this run?"
      description="Its nodes are asked to stop; what they have done so far stays."
      deed="Cancel the run"
      danger
      busy={cancel.isPending}
      onConfirm={() => cancel.mutate()}
    >
      <div className="grid gap-3">
        <Field label="Why?" name="cancel-reason" hint="Shown in the run's events; may be empty.">
          <Textarea
            id="cancel-reason"
            aria-describedby="cancel-reason-note"
            maxLength={1000}
            autoFocus
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        <Refusal error={cancel.error} />
      </div>
    </Confirm>
  );
}
