/** Makes a key: a form, then its secret, once. */
import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";

import { asApiError } from "@/api/errors";
import { useIdentity } from "@/api/identity";
import { useCreateKey } from "@/api/keys";
import { KeyFields } from "@/components/keys/KeyFields";
import { SecretOnce } from "@/components/keys/SecretOnce";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { EMPTY_DRAFT, faultsOf, refusedFields, requestOf } from "@/lib/keys";

export function NewKey() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden />
        New key
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="New key">
        <Making onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

/** The secret is state of this part alone, which is gone with the window. */
function Making({ onDone }: { onDone: () => void }) {
  const { data: identity } = useIdentity();
  const [secret, setSecret] = useState("");
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [tried, setTried] = useState(false);
  const create = useCreateKey(setSecret);
  if (secret) return <SecretOnce secret={secret} onDone={onDone} />;
  const faults = faultsOf(draft);
  const error = create.error && asApiError(create.error);
  const refused = error ? refusedFields(error.violations) : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faults).length === 0) create.mutate(requestOf(draft));
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <KeyFields
        draft={draft}
        faults={tried ? { ...refused, ...faults } : {}}
        everywhere={identity?.everywhere ?? false}
        onChange={(next) => {
          setDraft(next);
          create.reset();
        }}
      />
      {error && Object.keys(refused).length === 0 && (
        <p role="alert" className="text-sm text-danger">
          {error.message}
        </p>
      )}
      <Button
        variant="primary"
        type="submit"
        className="justify-self-end"
        disabled={create.isPending}
      >
        {create.isPending ? "Making it…" : "Make the key"}
      </Button>
    </form>
  );
}
