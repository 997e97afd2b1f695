/** When a schedule makes runs, and of what. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";

import { asApiError } from "@/api/errors";
import { useGraph } from "@/api/graphs";
import { createSchedule, updateSchedule } from "@/api/schedules";
import { startableGraphs } from "@/api/startable";
import type { Graph, Schedule } from "@/api/types";
import { useCronWords } from "@/components/schedule/CronWords";
import { drafted, draftOf, EMPTY, PATHS, type Draft } from "@/components/schedule/draft";
import { Policies } from "@/components/schedule/Policies";
import { Refusal } from "@/components/run/Refusal";
import { SchemaForm } from "@/components/SchemaForm";
import { Button } from "@/components/ui/button";
import { Field, Input, Select, Textarea } from "@/components/ui/input";
import { valueOf } from "@/lib/payload";
import { faultsOf } from "@/lib/schema/faults";
import { initial } from "@/lib/schema/initial";

interface Props {
  /** The one to change; undefined for a new one. */
  before?: Schedule;
  onDone: (scheduleId: string) => void;
  onLeave: () => void;
}

export type Change = (change: Partial<Draft>) => void;
export type FaultOf = (name: keyof Draft) => string | undefined;

export function ScheduleForm({ before: now, onDone, onLeave }: Props) {
  // As it was when the form began: its etag tells the server what the changes are meant for.
  const [before] = useState(now);
  const [draft, setDraft] = useState<Draft>(() => (before ? draftOf(before) : EMPTY));
  const [tried, setTried] = useState(false);
  const [spoiled, setSpoiled] = useState("");
  const graph = useGraph(draft.graphId).data;
  const schema = graph?.graphId === draft.graphId ? (valueOf(graph.inputSchema) ?? {}) : null;
  const input = draft.input ?? (schema ? initial(schema, schema) : undefined);
  const { schedule, faults } = drafted({ ...draft, input }, before);
  const save = useMutation({
    mutationFn: () => (before ? updateSchedule(schedule) : createSchedule(schedule)),
    onSuccess: () => onDone(schedule.scheduleId),
  });
  const refusal = save.error ? asApiError(save.error) : null;
  const violations = refusal?.violations ?? [];
  const shown = [...(tried ? faults : []), ...violations];
  const faultOf: FaultOf = (name) =>
    shown.find(({ field }) => field === PATHS[name] || field.startsWith(`${PATHS[name]}.`))
      ?.description;
  const change: Change = (next) => {
    save.reset();
    setDraft({ ...draft, ...next });
  };
  const submit = () => {
    setTried(true);
    const wrong = schema ? faultsOf(schema, input ?? {}, PATHS.input) : [];
    if (!faults.length && !wrong.length && !spoiled && !save.isPending) save.mutate();
  };
  const named = Object.values<string>(PATHS);
  const beside = violations.filter(({ field }) =>
    named.some(
      (path) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`),
    ),
  );
  return (
    <form
      noValidate
      className="grid min-w-0 max-w-3xl gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <When draft={draft} change={change} faultOf={faultOf} fixed={before !== undefined} />
      <GraphChoice draft={draft} change={change} faultOf={faultOf} />
      {schema && (
        <SchemaForm
          key={draft.graphId}
          schema={schema}
          value={input}
          onChange={(next) => change({ input: next })}
          violations={violations.filter(({ field }) => field.startsWith(PATHS.input))}
          path={PATHS.input}
          label="Input"
          showFaults={tried}
          onSpoiled={setSpoiled}
        />
      )}
      <Policies draft={draft} change={change} faultOf={faultOf} />
      <Labels draft={draft} change={change} faultOf={faultOf} />
      {refusal && beside.length < Math.max(1, violations.length) && <Refusal error={save.error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" disabled={save.isPending}>
          {before ? "Save the schedule" : "Make the schedule"}
        </Button>
        <Button variant="ghost" onClick={onLeave}>
          {before ? "Keep as it is" : "Leave it"}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  change: Change;
  faultOf: FaultOf;
}

function When({ draft, change, faultOf, fixed }: PartProps & { fixed: boolean }) {
  const own = useId();
  const words = useCronWords()?.(draft.cron);
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Schedule id"
        name={`${own}id`}
        hint="Its runs are named after it."
        error={faultOf("scheduleId")}
      >
        <Input
          id={`${own}id`}
          aria-describedby={`${own}id-note`}
          aria-invalid={faultOf("scheduleId") !== undefined}
          autoComplete="off"
          spellCheck={false}
          disabled={fixed}
          value={draft.scheduleId}
          onChange={(event) => change({ scheduleId: event.target.value })}
        />
      </Field>
      <Field
        label="Time zone"
        name={`${own}zone`}
        hint="An IANA name; UTC if empty."
        error={faultOf("timeZone")}
      >
        <Input
          id={`${own}zone`}
          list={`${own}zones`}
          placeholder="UTC"
          aria-describedby={`${own}zone-note`}
          aria-invalid={faultOf("timeZone") !== undefined}
          autoComplete="off"
          spellCheck={false}
          value={draft.timeZone}
          onChange={(event) => change({ timeZone: event.target.value })}
        />
      </Field>
      <datalist id={`${own}zones`}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <div className="sm:col-span-2">
        <Field
          label="Cron"
          name={`${own}cron`}
          hint={words ?? "Minute, hour, day of month, month, day of week, as 30 2 * * MON-FRI."}
          error={faultOf("cron")}
        >
          <Input
            id={`${own}cron`}
            className="font-mono"
            aria-describedby={`${own}cron-note`}
            aria-invalid={faultOf("cron") !== undefined}
            autoComplete="off"
            spellCheck={false}
            value={draft.cron}
            onChange={(event) => change({ cron: event.target.value })}
          />
        </Field>
      </div>
    </div>
  );
}

function GraphChoice({ draft, change, faultOf }: PartProps) {
  const own = useId();
  const graphs: readonly Graph[] = useQuery(startableGraphs()).data ?? [];
  const ids = new Set(graphs.map((each) => each.graphId ?? ""));
  if (draft.graphId) ids.add(draft.graphId);
  return (
    <Field label="Graph" name={own} hint="What each run executes." error={faultOf("graphId")}>
      <Select
        id={own}
        aria-describedby={`${own}-note`}
        aria-invalid={faultOf("graphId") !== undefined}
        value={draft.graphId}
        onChange={(event) => change({ graphId: event.target.value, input: undefined })}
      >
        <option value="">Choose a graph …</option>
        {[...ids].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
    </Field>
  );
}

function Labels({ draft, change, faultOf }: PartProps) {
  const own = useId();
  return (
    <Field
      label="Labels of its runs"
      name={own}
      hint="A key=value on each line."
      error={faultOf("labels")}
    >
      <Textarea
        id={own}
        aria-describedby={`${own}-note`}
        aria-invalid={faultOf("labels") !== undefined}
        spellCheck={false}
        value={draft.labels}
        onChange={(event) => change({ labels: event.target.value })}
      />
    </Field>
  );
}
