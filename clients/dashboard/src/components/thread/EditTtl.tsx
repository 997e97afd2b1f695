/** Says how long a thread is kept, and what happens then. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { setTtl, type ThreadTtl } from "@/api/threads";
import type { Thread } from "@/api/types";
import { Refusal } from "@/components/run/Refusal";
import { duration } from "@/components/start/draft";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/input";

export function EditTtl({ thread, onDone }: { thread: Thread; onDone: () => void }) {
  const [typed, setTyped] = useState(thread.ttl?.duration ?? "");
  const [strategy, setStrategy] = useState<ThreadTtl["strategy"]>(
    thread.ttl?.strategy ?? "TTL_STRATEGY_DELETE",
  );
  const span = duration(typed);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: (ttl: ThreadTtl) => setTtl(thread.threadId ?? "", ttl),
    onSuccess: onDone,
  });
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (span && !save.isPending) save.mutate({ duration: span, strategy });
      }}
    >
      <Field
        label="Kept for"
        name="ttl"
        hint="As 90 s, 5 m, 2 h or 30 d."
        error={tried && !span ? "Write a time as 90 s, 5 m, 2 h or 30 d." : undefined}
      >
        <Input
          id="ttl"
          aria-describedby="ttl-note"
          aria-invalid={tried && !span}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </Field>
      <Field label="Then" name="ttl-strategy">
        <Select
          id="ttl-strategy"
          value={strategy}
          onChange={({ target }) =>
            setStrategy(
              target.value === "TTL_STRATEGY_KEEP_LATEST"
                ? "TTL_STRATEGY_KEEP_LATEST"
                : "TTL_STRATEGY_DELETE",
            )
          }
        >
          <option value="TTL_STRATEGY_DELETE">delete it with all it has</option>
          <option value="TTL_STRATEGY_KEEP_LATEST">
            keep the newest state, delete its history
          </option>
        </Select>
      </Field>
      <Refusal error={save.error} />
      <div className="flex justify-end">
        <Button type="submit" variant="primary" disabled={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
