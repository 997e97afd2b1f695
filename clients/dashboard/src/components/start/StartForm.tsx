/** The input of a run, and how it is executed; sends it. */
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useState } from "react";

import { uploadArtifact } from "@/api/artifacts";
import { asApiError, CODE } from "@/api/errors";
import { useMay } from "@/api/identity";
import { createRun, idOf, steadyRequestId } from "@/api/run-deeds";
import { isThreaded } from "@/api/startable";
import type { Graph, Run } from "@/api/types";
import { SchemaForm } from "@/components/SchemaForm";
import { drafted, NO_OPTIONS, optionsOf, PATHS } from "@/components/start/draft";
import { StartOptions } from "@/components/start/StartOptions";
import { Button } from "@/components/ui/button";
import { valueOf } from "@/lib/payload";
import { useScreenCalls } from "@/lib/screen-call";
import { faultsOf } from "@/lib/schema/faults";
import { within } from "@/lib/schema/join";
import { initial } from "@/lib/schema/initial";

interface Props {
  graph: Graph;
  /** The run whose input to begin with. */
  from: Run | undefined;
  thread: string | undefined;
}

const INPUT = "spec.input";

export function StartForm({ graph, from, thread }: Props) {
  const navigate = useNavigate();
  const may = useMay("run");
  const graphId = graph.graphId ?? "";
  const threaded = isThreaded(graph);
  const schema = valueOf(graph.inputSchema) ?? {};
  const [value, setValue] = useState<unknown>(
    () => valueOf(from?.spec?.input) ?? initial(schema, schema),
  );
  const [options, setOptions] = useState(() => ({
    ...(from ? optionsOf(from) : NO_OPTIONS),
    threadId: thread ?? "",
  }));
  const [without, setWithout] = useState(false);
  const [spoiled, setSpoiled] = useState("");
  const [tried, setTried] = useState(false);
  const { asked, faults } = drafted(graphId, without ? undefined : value, options);
  const [idFor] = useState(steadyRequestId);
  const start = useMutation({
    mutationFn: () => createRun({ ...asked, requestId: idFor(asked) }),
    onSuccess: (run) => navigate({ to: "/ui/runs/$runId", params: { runId: idOf(run) } }),
  });
  useScreenCalls({
    rpc: "RunService.CreateRun",
    request: { ...asked },
    cli: ["run", graphId, "--input", JSON.stringify(value ?? {})],
  });
  const refusal = start.error ? asApiError(start.error) : null;
  const violations = refusal?.violations ?? [];
  const ofOptions = [...(tried ? faults : []), ...violations].filter((each) =>
    Object.values(PATHS).some((path) => within(each.field, path)),
  );
  const ofInput = violations.filter((each) => !ofOptions.includes(each));
  const submit = () => {
    setTried(true);
    const wrong = without ? [] : faultsOf(schema, value ?? {}, INPUT);
    if (start.isPending || spoiled || faults.length || wrong.length) return;
    start.mutate();
  };
  return (
    <form
      className="grid min-w-0 gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (may) submit();
      }}
    >
      {threaded && (
        <label className="flex items-center gap-2 text-[13px]">
          <input
            type="checkbox"
            className="size-4 accent-brand"
            checked={without}
            onChange={(event) => setWithout(event.target.checked)}
          />
          Without an input: go on from the thread's state
        </label>
      )}
      {!without && (
        <SchemaForm
          schema={schema}
          value={value}
          onChange={setValue}
          violations={ofInput}
          path={INPUT}
          label="Input"
          showFaults={tried}
          onSpoiled={setSpoiled}
          upload={async (file) => (await uploadArtifact(file)).artifactId ?? ""}
        />
      )}
      <StartOptions
        options={options}
        onChange={setOptions}
        violations={ofOptions}
        threaded={threaded}
      />
      {refusal && (!violations.length || refusal.code !== CODE.invalidArgument) && (
        <p role="alert" className="break-words text-sm text-danger">
          {refusal.message}
        </p>
      )}
      {may ? (
        <Button
          type="submit"
          variant="primary"
          className="justify-self-start"
          disabled={start.isPending}
        >
          <Play aria-hidden />
          {start.isPending ? "Starting…" : "Start the run"}
        </Button>
      ) : (
        <p className="text-[13px] text-soft">Your key may look, but start nothing.</p>
      )}
    </form>
  );
}
