/** Filters that are chosen rather than typed: status, graph, age; and a label. */
import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useState } from "react";

import { startableGraphs } from "@/api/startable";
import type { Graph } from "@/api/types";
import type { OnSearch } from "@/components/runs/FilterBar";
import { spoken } from "@/components/runs/span";
import { StatusBadge } from "@/components/StatusBadge";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";
import { Menu, MenuCheck } from "@/components/ui/menu";
import { RUN_STATUSES } from "@/lib/status";
import { labelsOf, WINDOWS, type RunsSearch } from "@/routes/runs.search";

interface Props {
  search: RunsSearch;
  onSearch: OnSearch;
}

export function FilterChoices({ search, onSearch }: Props) {
  const { since } = search;
  const spans: readonly string[] = since ? [...new Set<string>([...WINDOWS, since])] : [...WINDOWS];
  return (
    <>
      <Statuses search={search} onSearch={onSearch} />
      <Graphs search={search} onSearch={onSearch} />
      <Select
        aria-label="Created"
        className="w-auto"
        value={since ?? ""}
        onChange={({ target }) => onSearch({ ...search, since: target.value || undefined })}
      >
        <option value="">Any time</option>
        {spans.map((each) => (
          <option key={each} value={each}>
            {capital(spoken(each))}
          </option>
        ))}
      </Select>
      <LabelBox search={search} onSearch={onSearch} />
    </>
  );
}

function Statuses({ search, onSearch }: Props) {
  const asked = search.status ?? [];
  return (
    <Menu
      align="start"
      trigger={
        <Button>
          Status{asked.length > 0 && ` (${asked.length})`}
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      {RUN_STATUSES.map((status) => (
        <MenuCheck
          key={status}
          checked={asked.includes(status)}
          onCheckedChange={(checked) => {
            const next = RUN_STATUSES.filter((each) =>
              each === status ? checked : asked.includes(each),
            );
            onSearch({ ...search, status: next.length ? next : undefined });
          }}
        >
          <StatusBadge status={status} />
        </MenuCheck>
      ))}
    </Menu>
  );
}

function Graphs({ search, onSearch }: Props) {
  const { data = [] } = useQuery({ ...startableGraphs(), select: idsOf, staleTime: 60_000 });
  const { graph } = search;
  const all = graph && !data.includes(graph) ? [graph, ...data] : data;
  return (
    <Select
      aria-label="Graph"
      className="w-auto max-w-52"
      value={graph ?? ""}
      onChange={({ target }) => onSearch({ ...search, graph: target.value || undefined })}
    >
      <option value="">Any graph</option>
      {all.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </Select>
  );
}

function idsOf(graphs: readonly Graph[]): readonly string[] {
  return [...new Set(graphs.map(({ graphId = "" }) => graphId))].filter(Boolean).sort();
}

function LabelBox({ search, onSearch }: Props) {
  const [text, setText] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const label = text.trim();
        if (!label) return;
        onSearch({ ...search, label: [...new Set([...labelsOf(search), label])] });
        setText("");
      }}
    >
      <Input
        aria-label="Label"
        placeholder="label=value ↵"
        maxLength={300}
        className="w-36"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </form>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
