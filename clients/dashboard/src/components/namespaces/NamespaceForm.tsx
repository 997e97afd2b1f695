/** A namespace, new or changed: its name and its limits. */
import { useState, type FormEvent } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { useSaveNamespace, type Namespace } from "@/api/namespaces";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { faultsOf, requestOf, type NamespaceDraft } from "@/lib/namespaces";
import { sizeOf } from "@/lib/sizes";

export function NamespaceForm({ of: given, onDone }: { of: Namespace; onDone: () => void }) {
  const exists = given.namespace !== undefined;
  const [draft, setDraft] = useState(() => draftOf(given));
  const [tried, setTried] = useState(false);
  const save = useSaveNamespace(exists);
  const faults = faultsOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const body = requestOf(draft);
    if (Object.keys(faults).length || !body) return;
    save.mutate(body, {
      onSuccess: () => {
        toast.success(`${draft.namespace} is ${exists ? "changed" : "made"}`);
        onDone();
      },
    });
  };
  const typed = { draft, faults: tried ? faults : {}, onChange: setDraft };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      {!exists && (
        <Typed
          {...typed}
          field="namespace"
          label="Name"
          hint="Lower-case letters, digits and '-'; it stays."
        />
      )}
      <Typed {...typed} field="displayName" label="What people call it" />
      <Typed
        {...typed}
        field="storedBytes"
        label="May store"
        hint="As 2 GiB or 500 MB; no limit if left empty."
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <Typed
          {...typed}
          field="runningRuns"
          label="Runs at the same time"
          hint="More wait. No limit if left empty."
        />
        <Typed
          {...typed}
          field="queuedRuns"
          label="Runs that wait"
          hint="More are refused. No limit if left empty."
        />
      </div>
      {save.error && (
        <p role="alert" className="text-sm text-danger">
          {asApiError(save.error).message}
        </p>
      )}
      <Button
        variant="primary"
        type="submit"
        className="justify-self-end"
        disabled={save.isPending}
      >
        {exists ? "Save" : "Make the namespace"}
      </Button>
    </form>
  );
}

interface TypedProps {
  draft: NamespaceDraft;
  faults: Partial<Record<keyof NamespaceDraft, string>>;
  onChange: (draft: NamespaceDraft) => void;
  field: keyof NamespaceDraft;
  label: string;
  hint?: string;
}

function Typed({ draft, faults, onChange, field, label, hint }: TypedProps) {
  const name = `namespace-${field}`;
  return (
    <Field label={label} name={name} hint={hint} error={faults[field]}>
      <Input
        id={name}
        value={draft[field]}
        autoComplete="off"
        aria-invalid={!!faults[field]}
        aria-describedby={`${name}-note`}
        onChange={(event) => onChange({ ...draft, [field]: event.target.value })}
      />
    </Field>
  );
}

function draftOf({ namespace = "", displayName = "", quotas = {} }: Namespace): NamespaceDraft {
  return {
    namespace,
    displayName,
    storedBytes: sizeOf(Number(quotas.storedBytes ?? 0)),
    runningRuns: quotas.runningRuns ? String(quotas.runningRuns) : "",
    queuedRuns: quotas.queuedRuns ? String(quotas.queuedRuns) : "",
  };
}
