/** What happens when runs would overlap, when times were missed, and when it ends. */
import { useId } from "react";

import type { Draft } from "@/components/schedule/draft";
import { CATCH_UPS, OVERLAPS } from "@/components/schedule/policy-words";
import type { Change, FaultOf } from "@/components/schedule/ScheduleForm";
import { Field, Input, Select } from "@/components/ui/input";

interface Props {
  draft: Draft;
  change: Change;
  faultOf: FaultOf;
}

export function Policies({ draft, change, faultOf }: Props) {
  const own = useId();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="While another run has not ended"
        name={`${own}overlap`}
        error={faultOf("overlap")}
      >
        <Select
          id={`${own}overlap`}
          value={draft.overlap}
          onChange={({ target }) =>
            change({
              overlap: OVERLAPS.find(([each]) => each === target.value)?.[0] ?? draft.overlap,
            })
          }
        >
          {OVERLAPS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Times that were missed" name={`${own}catch`} error={faultOf("catchUp")}>
        <Select
          id={`${own}catch`}
          value={draft.catchUp}
          onChange={({ target }) =>
            change({
              catchUp: CATCH_UPS.find(([each]) => each === target.value)?.[0] ?? draft.catchUp,
            })
          }
        >
          {CATCH_UPS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        label="Missed times count for"
        name={`${own}window`}
        hint="As 2 h; an hour if empty, 31 d at most."
        error={faultOf("window")}
      >
        <Input
          id={`${own}window`}
          aria-describedby={`${own}window-note`}
          aria-invalid={faultOf("window") !== undefined}
          autoComplete="off"
          value={draft.window}
          onChange={(event) => change({ window: event.target.value })}
        />
      </Field>
      <Field
        label="Ends"
        name={`${own}end`}
        hint="By this machine's clock; never if empty."
        error={faultOf("end")}
      >
        <Input
          id={`${own}end`}
          type="datetime-local"
          aria-describedby={`${own}end-note`}
          aria-invalid={faultOf("end") !== undefined}
          value={draft.end}
          onChange={(event) => change({ end: event.target.value })}
        />
      </Field>
    </div>
  );
}
