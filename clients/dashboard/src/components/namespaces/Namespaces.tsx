/** The namespaces: what each holds of what it may, for callers who administer the server everywhere. */
import { Layers, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { useDeleteNamespace, useNamespaces, type Namespace } from "@/api/namespaces";
import { Meter } from "@/components/Meter";
import { NamespaceForm } from "@/components/namespaces/NamespaceForm";
import { Empty, Failed, Loading } from "@/components/states";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Table, Td, Th } from "@/components/ui/table";
import { bytes, count } from "@/lib/numbers";

export function Namespaces() {
  const query = useNamespaces();
  /** One that is changed; an empty one is new. */
  const [edited, setEdited] = useState<Namespace | null>(null);
  const [asked, setAsked] = useState("");
  const namespaces = query.data?.namespaces ?? [];
  return (
    <Card
      title="Namespaces"
      flush
      actions={
        <Button size="sm" onClick={() => setEdited({})}>
          <Plus aria-hidden />
          New namespace
        </Button>
      }
    >
      {query.isPending && <Loading what="the namespaces" />}
      {query.isError && !query.data && (
        <Failed
          error={query.error}
          what="load the namespaces"
          onRetry={() => void query.refetch()}
        />
      )}
      {query.isSuccess && namespaces.length === 0 && (
        <Empty title="There are no namespaces" icon={Layers} />
      )}
      {namespaces.length > 0 && (
        <Table label="Namespaces by name">
          <thead>
            <tr>
              {["Namespace", "Stored", "Running", "Queued", "Made", ""].map((name) => (
                <Th key={name}>{name || <span className="sr-only">Deeds</span>}</Th>
              ))}
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>td]:border-0">
            {namespaces.map((each) => (
              <NamespaceRow
                key={each.namespace}
                of={each}
                onEdit={() => setEdited(each)}
                onDelete={() => setAsked(each.namespace ?? "")}
              />
            ))}
          </tbody>
        </Table>
      )}
      <Dialog
        open={edited !== null}
        onOpenChange={(open) => !open && setEdited(null)}
        title={edited?.namespace ?? "New namespace"}
      >
        {edited && <NamespaceForm of={edited} onDone={() => setEdited(null)} />}
      </Dialog>
      <Delete name={asked} onClose={() => setAsked("")} />
    </Card>
  );
}

interface RowProps {
  of: Namespace;
  onEdit: () => void;
  onDelete: () => void;
}

function NamespaceRow({ of: each, onEdit, onDelete }: RowProps) {
  const { namespace = "", displayName, quotas = {}, usage = {} } = each;
  return (
    <tr data-namespace={namespace}>
      <Td>
        <span className="font-medium">{namespace}</span>
        {displayName && <span className="block text-xs text-soft">{displayName}</span>}
      </Td>
      <Usage used={usage.storedBytes} quota={quotas.storedBytes} spell={bytes} what="stored" />
      <Usage used={usage.runningRuns} quota={quotas.runningRuns} spell={count} what="running" />
      <Usage used={usage.queuedRuns} quota={quotas.queuedRuns} spell={count} what="queued" />
      <Td>
        <Timestamp time={each.createTime} />
      </Td>
      <Td>
        <div className="flex justify-end gap-1">
          <Button size="icon" variant="ghost" aria-label={`Change ${namespace}`} onClick={onEdit}>
            <Pencil aria-hidden />
          </Button>
          {namespace !== "default" && (
            <Button
              size="icon"
              variant="ghost"
              aria-label={`Delete ${namespace}`}
              onClick={onDelete}
            >
              <Trash2 aria-hidden />
            </Button>
          )}
        </div>
      </Td>
    </tr>
  );
}

interface UsageProps {
  used: string | number | undefined;
  quota: string | number | undefined;
  spell: (value: string | number | undefined) => string;
  what: string;
}

function Usage({ used = 0, quota = 0, spell, what }: UsageProps) {
  const limit = Number(quota);
  const words = limit ? `${spell(used)} of ${spell(quota)}` : spell(used);
  const full = limit > 0 && Number(used) >= limit;
  return (
    <Td>
      <div className="grid min-w-32 gap-1.5">
        <span className="whitespace-nowrap tabular-nums">
          {words}
          {full && <span className="text-danger"> – full</span>}
        </span>
        {limit > 0 && (
          <Meter
            label={`${words} ${what}`}
            of={limit}
            parts={[{ name: what, tone: full ? "failed" : "brand", value: Number(used) }]}
            className="h-1.5"
          />
        )}
      </div>
    </Td>
  );
}

function Delete({ name, onClose }: { name: string; onClose: () => void }) {
  const gone = useDeleteNamespace();
  const confirm = () =>
    gone.mutate(name, {
      onSuccess: () => {
        toast.success(`${name} is deleted`);
        onClose();
      },
    });
  const close = () => {
    gone.reset();
    onClose();
  };
  return (
    <Confirm
      open={name !== ""}
      onOpenChange={(open) => !open && close()}
      title={`Delete ${name}?`}
      description="Only one that holds no runs, graphs and artifacts any more can be deleted."
      deed="Delete the namespace"
      danger
      busy={gone.isPending}
      onConfirm={confirm}
    >
      {gone.error && (
        <p role="alert" className="text-sm text-danger">
          {asApiError(gone.error).message}
        </p>
      )}
    </Confirm>
  );
}
