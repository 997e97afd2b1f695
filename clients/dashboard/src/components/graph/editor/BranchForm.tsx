/** A branch in the editor: which condition, or which answer of a tool, leads where. */
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { Arguments } from "@/components/graph/editor/Arguments";
import { ConditionFields } from "@/components/graph/editor/ConditionFields";
import {
  branchesOf,
  conditionsOf,
  isObject,
  setIn,
  stateKeys,
  targetsOf,
  type Json,
} from "@/components/graph/editor/definition";
import { removeWay } from "@/components/graph/editor/edits";
import type { Fault } from "@/components/graph/editor/faults";
import type { Editing } from "@/components/graph/editor/use-editor";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";

interface Props {
  editing: Editing;
  /** Which of `branches`. */
  index: number;
}

export function BranchForm({ editing, index }: Props) {
  const { definition, edit, choose, check } = editing;
  const branch = branchesOf(definition)[index];
  if (!branch) return null;
  const faults = check.faults.filter((each) => each.branch === index);
  const set = (path: readonly (string | number)[], to: unknown, about = "") =>
    edit(setIn(definition, ["branches", index, ...path], to), about && `${index}.${about}`);
  const parts = { editing, branch, index, faults, set };
  return (
    <div className="grid gap-3">
      <p className="text-[13px] text-soft">
        After <strong className="text-ink">{String(branch["source"])}</strong>,{" "}
        {"tool" in branch ? "the answer of a tool says where" : "the first that holds is taken"}.
      </p>
      {"tool" in branch ? <Answers {...parts} /> : <Conditions {...parts} />}
      {faults.map(({ path, description }) => (
        <p key={`${path}${description}`} role="alert" className="text-xs text-danger">
          {description}
        </p>
      ))}
      <Button
        variant="danger"
        onClick={() => {
          edit(setIn(definition, ["branches", index], undefined));
          choose("");
        }}
      >
        <Trash2 aria-hidden />
        Remove the branch
      </Button>
    </div>
  );
}

interface Parts {
  editing: Editing;
  branch: Json;
  index: number;
  faults: readonly Fault[];
  set: (path: readonly (string | number)[], to: unknown, about?: string) => void;
}

function Conditions({ editing, branch, index, set }: Parts) {
  const { definition, edit } = editing;
  const conditions = conditionsOf(branch);
  const [key = "key"] = stateKeys(definition);
  const another = { when: { key, operator: "exists" }, target: "END" };
  return (
    <>
      <ol className="grid gap-2">
        {conditions.map((condition, at) => (
          <li key={at} className="grid gap-2 rounded-md border p-2">
            <div className="flex items-center justify-between">
              <span className="text-xs font-medium">{at ? "else if" : "if"}</span>
              <Button
                variant="ghost"
                size="icon"
                className="size-7"
                aria-label={`Remove condition ${at + 1}`}
                onClick={() =>
                  edit(removeWay(definition, { kind: "condition", branch: index, index: at }))
                }
              >
                <Trash2 aria-hidden />
              </Button>
            </div>
            <ConditionFields
              number={at + 1}
              when={condition["when"]}
              keys={stateKeys(definition)}
              onChange={(to) => set(["conditions", at, "when"], to, `when.${at}`)}
            />
            <TargetSelect
              editing={editing}
              label={`Target of condition ${at + 1}`}
              value={condition["target"]}
              onChange={(to) => set(["conditions", at, "target"], to)}
            />
          </li>
        ))}
      </ol>
      <Button size="sm" onClick={() => set(["conditions"], [...conditions, another])}>
        <Plus aria-hidden />
        Another condition
      </Button>
      <div className="grid gap-1 rounded-md border p-2">
        <span className="text-xs font-medium">else</span>
        <TargetSelect
          editing={editing}
          label="Target if none holds"
          value={branch["default"]}
          onChange={(to) => set(["default"], to)}
        />
      </div>
    </>
  );
}

function Answers({ editing, branch, index, faults, set }: Parts) {
  const { definition, tools, edit } = editing;
  const tool = String(branch["tool"] ?? "");
  const targets = isObject(branch["targets"]) ? branch["targets"] : {};
  const [typed, setTyped] = useState("");
  const answer = typed.trim();
  const free = answer !== "" && !Object.hasOwn(targets, answer);
  return (
    <>
      <Select
        aria-label="Tool that answers"
        value={tool}
        onChange={(event) => set(["tool"], event.target.value)}
      >
        {[...new Set([tool, ...tools.map((each) => each.name ?? "")])].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      <Arguments
        key={tool}
        tool={tools.find((each) => each.name === tool)}
        value={branch["arguments"]}
        keys={stateKeys(definition)}
        faults={faults}
        onChange={(to) => set(["arguments"], to, "arguments")}
      />
      <ul className="grid gap-2">
        {Object.entries(targets).map(([each, target]) => (
          <li
            key={each}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-1 rounded-md border p-2"
          >
            <span className="min-w-0 truncate font-mono text-[13px]">“{each}”</span>
            <Button
              variant="ghost"
              size="icon"
              className="size-7"
              aria-label={`Remove the answer ${each}`}
              onClick={() =>
                edit(removeWay(definition, { kind: "answer", branch: index, answer: each }))
              }
            >
              <Trash2 aria-hidden />
            </Button>
            <TargetSelect
              editing={editing}
              label={`Target of the answer ${each}`}
              value={target}
              onChange={(to) => set(["targets", each], to)}
            />
          </li>
        ))}
      </ul>
      <div className="flex gap-2">
        <Input
          aria-label="Another answer"
          placeholder="another answer"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button
          disabled={!free}
          onClick={() => {
            set(["targets", answer], "END");
            setTyped("");
          }}
        >
          Add
        </Button>
      </div>
    </>
  );
}

interface TargetProps {
  editing: Editing;
  label: string;
  value: unknown;
  onChange: (target: string) => void;
}

function TargetSelect({ editing, label, value, onChange }: TargetProps) {
  const names = [...Object.keys(editing.definition.nodes), "END"];
  const targets = targetsOf(value);
  const [only = ""] = targets;
  if (targets.length > 1)
    return <p className="text-[13px]">{targets.join(" and ")} (several: change them in JSON)</p>;
  return (
    <Select aria-label={label} value={only} onChange={(event) => onChange(event.target.value)}>
      {(names.includes(only) ? names : [only, ...names]).map((each) => (
        <option key={each}>{each}</option>
      ))}
    </Select>
  );
}
