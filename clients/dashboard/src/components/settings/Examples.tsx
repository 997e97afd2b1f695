/** The code for common tasks, with this server's addresses. */
import { useState } from "react";

import { useGraphExample } from "@/api/graph-example";
import { useMay } from "@/api/identity";
import Snippets from "@/components/Snippets";
import { Card } from "@/components/ui/card";
import { Field, Select } from "@/components/ui/input";
import { tasksFor } from "@/lib/tasks";

export function Examples() {
  const runs = useMay("run");
  const administers = useMay("administer");
  const { data: graph } = useGraphExample();
  const tasks = tasksFor({ runs, administers, graph: graph ?? undefined });
  const [chosen, setChosen] = useState("");
  const task = tasks.find(({ name }) => name === chosen) ?? tasks[0];
  return (
    <Card title="Code for this server">
      <div className="grid gap-4">
        <div className="max-w-sm">
          <Field label="Task" name="task">
            <Select
              id="task"
              value={task?.name ?? ""}
              aria-describedby="task-note"
              onChange={(event) => setChosen(event.target.value)}
            >
              {tasks.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          </Field>
        </div>
        {task && <Snippets calls={[task.call]} />}
      </div>
    </Card>
  );
}
