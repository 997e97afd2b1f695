/** Changes the facts about a thread. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { setMetadata } from "@/api/threads";
import type { Thread } from "@/api/types";
import { JsonEditor } from "@/components/JsonEditor";
import { Refusal } from "@/components/run/Refusal";
import { Button } from "@/components/ui/button";
import { pretty, valueOf } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";
import { parsed } from "@/lib/schema/typed";

export function EditMetadata({ thread, onDone }: { thread: Thread; onDone: () => void }) {
  const [text, setText] = useState(() => pretty(valueOf(thread.metadata) ?? {}));
  const found = parsed(text);
  const metadata = found.fault === undefined && isRecord(found.value) ? found.value : null;
  const save = useMutation({
    mutationFn: (value: Record<string, unknown>) => setMetadata(thread.threadId ?? "", value),
    onSuccess: onDone,
  });
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (metadata && !save.isPending) save.mutate(metadata);
      }}
    >
      <JsonEditor
        text={text}
        label="Metadata"
        minHeight="8rem"
        maxHeight="20rem"
        onChange={setText}
      />
      {!metadata && (
        <p role="alert" className="text-xs text-danger">
          {found.fault ?? "Write a JSON object."}
        </p>
      )}
      <Refusal error={save.error} />
      <div className="flex justify-end">
        <Button type="submit" variant="primary" disabled={!metadata || save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
