/** A node in the editor: its name, tool, arguments, limits, and where it leads. */
import { Trash2 } from "lucide-react";
import { useId, useState } from "react";

import { Arguments } from "@/components/graph/editor/Arguments";
import { setIn, stateKeys } from "@/components/graph/editor/definition";
import { removeNode, renameNode } from "@/components/graph/editor/edits";
import type { Editing } from "@/components/graph/editor/use-editor";
import { Ways } from "@/components/graph/editor/Ways";
import { Button } from "@/components/ui/button";
import { Field, Input, Select, Textarea } from "@/components/ui/input";

interface Props {
  editing: Editing;
  name: string;
}

export function NodeForm({ editing, name }: Props) {
  const { definition, tools, edit, choose, check } = editing;
  const id = useId();
  const node = definition.nodes[name] ?? {};
  const faults = check.faults.filter((each) => each.node === name);
  const faultAt = (place: string) =>
    faults.find((each) => each.rest.join(".") === place)?.description;
  const set = (key: string, to: unknown, about = "") =>
    edit(setIn(definition, ["nodes", name, key], to), about && `${name}.${about}`);
  const tool = String(node["tool"] ?? "");
  const names = [...new Set([tool, ...tools.map((each) => each.name ?? "")])].filter(Boolean);
  return (
    <div className="grid gap-3">
      <NameField editing={editing} name={name} error={faultAt("")} />
      <Field label="Tool" name={`${id}-tool`} error={faultAt("tool")}>
        <Select
          id={`${id}-tool`}
          value={tool}
          aria-describedby={`${id}-tool-note`}
          onChange={(event) => set("tool", event.target.value)}
        >
          {names.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
      </Field>
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-[13px] font-semibold">Arguments</legend>
        <Arguments
          key={`${name} ${tool}`}
          tool={tools.find((each) => each.name === tool)}
          value={node["arguments"]}
          keys={stateKeys(definition)}
          faults={faults}
          onChange={(to) => set("arguments", to, "arguments")}
        />
      </fieldset>
      <div className="grid grid-cols-2 gap-2">
        <NumberField
          label="Retries"
          value={node["retries"]}
          error={faultAt("retries")}
          onChange={(to) => set("retries", to, "retries")}
        />
        <NumberField
          label="Time limit in seconds"
          value={node["timeout_seconds"]}
          error={faultAt("timeout_seconds")}
          onChange={(to) => set("timeout_seconds", to, "timeout")}
        />
      </div>
      <Field label="Description" name={`${id}-words`} hint="The tool's own if empty.">
        <Textarea
          id={`${id}-words`}
          className="min-h-16"
          value={typeof node["description"] === "string" ? node["description"] : ""}
          onChange={(event) => set("description", event.target.value || undefined, "description")}
        />
      </Field>
      <Ways editing={editing} source={name} />
      <Button
        variant="danger"
        onClick={() => {
          edit(removeNode(definition, name));
          choose("");
        }}
      >
        <Trash2 aria-hidden />
        Remove the node
      </Button>
    </div>
  );
}

function NameField({ editing, name, error }: Props & { error: string | undefined }) {
  const id = useId();
  const [typed, setTyped] = useState(name);
  const { definition, edit, choose } = editing;
  const taken = typed !== name && Object.hasOwn(definition.nodes, typed);
  const done = () => {
    const to = typed.trim();
    const renamed = renameNode(definition, name, to);
    if (renamed === definition) return setTyped(name);
    edit(renamed);
    choose(to);
  };
  return (
    <Field
      label="Name"
      name={id}
      error={taken ? "Another node has this name." : error}
      hint="Unique in the graph."
    >
      <Input
        id={id}
        value={typed}
        maxLength={100}
        aria-invalid={taken || error ? true : undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === "Enter" && done()}
      />
    </Field>
  );
}

interface NumberProps {
  label: string;
  value: unknown;
  error?: string | undefined;
  onChange: (value: number | undefined) => void;
}

export function NumberField({ label, value, error, onChange }: NumberProps) {
  const id = useId();
  return (
    <Field label={label} name={id} error={error}>
      <Input
        id={id}
        type="number"
        min={0}
        value={typeof value === "number" ? value : ""}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) =>
          onChange(event.target.value === "" ? undefined : Number(event.target.value))
        }
      />
    </Field>
  );
}
