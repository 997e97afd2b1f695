/** In which namespace the dashboard acts, for callers who may act in any. */
import { Layers } from "lucide-react";
import { useState, type FormEvent } from "react";

import { useIdentity } from "@/api/identity";
import { useNamespaces, useOperates } from "@/api/namespaces";
import { useServer } from "@/api/server";
import { chooseNamespace, useSession } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/input";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";

/** Who sees one namespace only, or has but one, has nothing to choose. */
export function NamespaceMenu() {
  const { data: identity } = useIdentity();
  const { namespace } = useSession();
  const server = useServer();
  const lists = useOperates();
  if (!identity?.everywhere || (!namespace && !server?.namespaces)) return null;
  return lists ? <Listed own={identity.namespace} /> : <Typed own={identity.namespace} />;
}

function Sign({ name, ...rest }: { name: string | undefined } & React.ComponentProps<"button">) {
  return (
    <Button
      variant="ghost"
      size="sm"
      className="min-w-0"
      aria-label={`Namespace: ${name ?? ""}`}
      {...rest}
    >
      <Layers aria-hidden />
      <span className="max-w-32 truncate max-sm:max-w-16">{name}</span>
    </Button>
  );
}

function Listed({ own }: { own: string | undefined }) {
  const { namespace } = useSession();
  const { data } = useNamespaces();
  return (
    <Menu trigger={<Sign name={namespace || own} />}>
      <MenuLabel>Act in the namespace</MenuLabel>
      <Choice value="" chosen={namespace} label="none: all where it can be" />
      {(data?.namespaces ?? []).map(({ namespace: each = "", displayName }) => (
        <Choice key={each} value={each} chosen={namespace} label={displayName} />
      ))}
    </Menu>
  );
}

interface ChoiceProps {
  value: string;
  chosen: string;
  label: string | undefined;
}

function Choice({ value, chosen, label }: ChoiceProps) {
  return (
    <MenuItem onSelect={() => chooseNamespace(value)}>
      {value}
      {label && <span className="text-xs text-soft">{label}</span>}
      {value === chosen && <span className="ml-auto text-brand">✓</span>}
    </MenuItem>
  );
}

function Typed({ own }: { own: string | undefined }) {
  const { namespace } = useSession();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(namespace);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setOpen(false);
    chooseNamespace(name);
  };
  return (
    <>
      <Sign name={namespace || own} onClick={() => setOpen(true)} />
      <Dialog open={open} onOpenChange={setOpen} title="Namespace">
        <form onSubmit={submit} className="grid gap-3">
          <Field label="Act in the namespace" name="namespace" hint="Empty for your own.">
            <Input
              id="namespace"
              value={name}
              onChange={(event) => setName(event.target.value)}
              aria-describedby="namespace-note"
            />
          </Field>
          <Button variant="primary" type="submit" className="justify-self-end">
            Act there
          </Button>
        </form>
      </Dialog>
    </>
  );
}
