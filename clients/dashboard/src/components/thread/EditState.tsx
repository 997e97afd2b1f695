/** Changes a thread's state as if a node had. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";

import { useGraph } from "@/api/graphs";
import { changeState } from "@/api/threads";
import { JsonEditor } from "@/components/JsonEditor";
import { Refusal } from "@/components/run/Refusal";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/input";
import { parsed } from "@/lib/schema/typed";

interface Props {
  threadId: string;
  graphId: string;
  /** Where to go on from; the newest if empty. */
  checkpointId?: string;
  onDone: () => void;
}

export function EditState({ threadId, graphId, checkpointId = "", onDone }: Props) {
  const nodes = useGraph(graphId).data?.nodes ?? [];
  const [text, setText] = useState("{\n  \n}");
  const [asNode, setAsNode] = useState("");
  const found = parsed(text);
  const save = useMutation({
    mutationFn: (values: unknown) => changeState(threadId, { values, asNode, checkpointId }),
    onSuccess: () => {
      toast.success("The state was changed: there is a new checkpoint.");
      onDone();
    },
  });
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (found.fault === undefined && !save.isPending) save.mutate(found.value);
      }}
    >
      <p className="text-[13px] text-soft">
        Only the keys that change; the graph's reducers are applied, so messages are added, and one
        with a known id replaces that one.
      </p>
      <JsonEditor
        text={text}
        label="Changes of the state"
        minHeight="8rem"
        maxHeight="20rem"
        onChange={setText}
      />
      {found.fault !== undefined && (
        <p role="alert" className="text-xs text-danger">
          {found.fault}
        </p>
      )}
      <Field label="As node" name="as-node" hint="What follows it is what comes next.">
        <Select
          id="as-node"
          aria-describedby="as-node-note"
          value={asNode}
          onChange={(event) => setAsNode(event.target.value)}
        >
          <option value="">The one that ran last</option>
          {nodes.map((each) => (
            <option key={each.name}>{each.name}</option>
          ))}
        </Select>
      </Field>
      <Refusal error={save.error} />
      <div className="flex justify-end">
        <Button
          type="submit"
          variant="primary"
          disabled={found.fault !== undefined || save.isPending}
        >
          Change the state
        </Button>
      </div>
    </form>
  );
}
