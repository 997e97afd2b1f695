/** What one can do with a schedule. */
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CirclePause, CirclePlay, Pencil, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { useMay } from "@/api/identity";
import { deleteSchedule, pauseSchedule, triggerSchedule, unpauseSchedule } from "@/api/schedules";
import type { Schedule } from "@/api/types";
import { Refusal } from "@/components/run/Refusal";
import { inWords } from "@/components/run/refusals";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/input";
import { useShortcut } from "@/lib/shortcuts";

export function ScheduleActions({ schedule }: { schedule: Schedule }) {
  const { scheduleId } = schedule;
  const may = useMay("run");
  const navigate = useNavigate();
  const [asked, setAsked] = useState<"pause" | "delete" | null>(null);
  const [reason, setReason] = useState("");
  const failed = { onError: (error: unknown) => toast.error(inWords(error)) };
  const trigger = useMutation({
    mutationFn: () => triggerSchedule(scheduleId),
    onSuccess: (run) =>
      toast.success("A run has been created.", {
        // Toasts stand outside the router: no links in them.
        action: {
          label: "Show it",
          onClick: () =>
            void navigate({ to: "/ui/runs/$runId", params: { runId: run.runId ?? "" } }),
        },
      }),
    ...failed,
  });
  const unpause = useMutation({ mutationFn: () => unpauseSchedule(scheduleId), ...failed });
  const pause = useMutation({
    mutationFn: () => pauseSchedule(scheduleId, reason.trim()),
    onSuccess: () => setAsked(null),
  });
  const remove = useMutation({
    mutationFn: () => deleteSchedule(scheduleId),
    onSuccess: () => navigate({ to: "/ui/schedules" }),
  });
  useShortcut("x", "Create a run now", () => trigger.mutate(), may);
  if (!may) return null;
  const shown = (which: "pause" | "delete") => ({
    open: asked === which,
    onOpenChange: (open: boolean) => setAsked(open ? which : null),
  });
  return (
    <>
      <Button
        size="sm"
        variant="primary"
        disabled={trigger.isPending}
        onClick={() => trigger.mutate()}
      >
        <Play aria-hidden />
        Trigger now
      </Button>
      {schedule.paused ? (
        <Button size="sm" disabled={unpause.isPending} onClick={() => unpause.mutate()}>
          <CirclePlay aria-hidden />
          Let it go on
        </Button>
      ) : (
        <Button size="sm" onClick={() => setAsked("pause")}>
          <CirclePause aria-hidden />
          Pause
        </Button>
      )}
      <Button asChild size="sm">
        <Link to="/ui/schedules/$scheduleId" params={{ scheduleId }} search={{ edit: true }}>
          <Pencil aria-hidden />
          Change
        </Link>
      </Button>
      <Button size="sm" variant="danger" onClick={() => setAsked("delete")}>
        <Trash2 aria-hidden />
        Delete
      </Button>
      <Confirm
        {...shown("pause")}
        title="Pause this schedule?"
        description="It creates no runs until it goes on; times that pass meanwhile are left out."
        deed="Pause the schedule"
        busy={pause.isPending}
        onConfirm={() => pause.mutate()}
      >
        <div className="grid gap-3">
          <Field label="Why?" name="pause-reason" hint="Shown while it is paused; may be empty.">
            <Input
              id="pause-reason"
              aria-describedby="pause-reason-note"
              autoFocus
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </Field>
          <Refusal error={pause.error} />
        </div>
      </Confirm>
      <Confirm
        {...shown("delete")}
        title="Delete this schedule?"
        description="It creates no runs any more; those that it created stay."
        deed="Delete the schedule"
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <Refusal error={remove.error} />
      </Confirm>
    </>
  );
}
