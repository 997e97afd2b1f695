/** Deletes a run that has ended. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { toast } from "sonner";

import { deleteRun, idOf } from "@/api/run-deeds";
import type { Run } from "@/api/types";
import { Refusal } from "@/components/run/Refusal";
import { Confirm } from "@/components/ui/dialog";

interface Props {
  run: Run;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function DeleteDialog({ run, open, onOpenChange }: Props) {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteRun(run),
    onSuccess: () => {
      toast.success(`Run ${idOf(run)} is deleted.`);
      return navigate({ to: "/" });
    },
  });
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        remove.reset();
        onOpenChange(next);
      }}
      title="Delete this run?"
      description="Its events, steps, checkpoints and artifacts are gone for good."
      deed="Delete the run"
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      <Refusal error={remove.error} />
    </Confirm>
  );
}
