/** The keys: who has which, what it may do, and when it was last used. */
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { useServerNow } from "@/api/server";
import { useKeys, useRevokeKey, type Key } from "@/api/keys";
import { More } from "@/components/More";
import { Empty, Failed, Loading } from "@/components/states";
import { ToneBadge } from "@/components/StatusBadge";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Table, Td, Th } from "@/components/ui/table";
import { roleWord, stateOf } from "@/lib/keys";

export function KeyTable() {
  const query = useKeys();
  const [asked, setAsked] = useState<Key | null>(null);
  const keys = query.data?.pages.flatMap((page) => page.keys ?? []) ?? [];
  return (
    <Card title="API keys" flush>
      {query.isPending && <Loading what="the keys" />}
      {query.isError && !query.data && (
        <Failed error={query.error} what="load the keys" onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && keys.length === 0 && (
        <Empty title="There are no keys yet" icon={KeyRound}>
          Whoever calls shows one once the server is started with authentication on.
        </Empty>
      )}
      {keys.length > 0 && (
        <Table label="Keys, newest first">
          <thead>
            <tr>
              {["Name", "Role", "Namespace", "Graphs", "Created", "Last used", "Expires", ""].map(
                (name) => (
                  <Th key={name}>{name || <span className="sr-only">Deeds</span>}</Th>
                ),
              )}
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>td]:border-0">
            {keys.map((key) => (
              <KeyRow key={key.keyId} of={key} onRevoke={() => setAsked(key)} />
            ))}
          </tbody>
        </Table>
      )}
      <More {...query} />
      <Revoke asked={asked} onClose={() => setAsked(null)} />
    </Card>
  );
}

function KeyRow({ of: key, onRevoke }: { of: Key; onRevoke: () => void }) {
  const { word, tone } = stateOf(key, useServerNow());
  const graphs = key.graphs ?? [];
  return (
    <tr data-key={key.keyId}>
      <Td>
        <div className="grid">
          <span className="flex items-center gap-2 font-medium">
            {key.displayName}
            {word !== "counts" && <ToneBadge tone={tone}>{word}</ToneBadge>}
          </span>
          <span className="font-mono text-xs text-soft">{key.keyId}</span>
        </div>
      </Td>
      <Td>{roleWord(key.role)}</Td>
      <Td className="whitespace-nowrap">{key.namespace === "*" ? "everywhere" : key.namespace}</Td>
      <Td className="max-w-56 truncate" title={graphs.join(", ")}>
        {graphs.length ? graphs.join(", ") : <span className="text-soft">all</span>}
      </Td>
      <Td>
        <Timestamp time={key.createTime} />
      </Td>
      <Td>
        {key.lastUseTime ? (
          <Timestamp time={key.lastUseTime} />
        ) : (
          <span className="text-soft">never</span>
        )}
      </Td>
      <Td>
        {key.expireTime ? (
          <Timestamp time={key.expireTime} />
        ) : (
          <span className="text-soft">never</span>
        )}
      </Td>
      <Td className="text-right">
        {word === "counts" ? (
          <Button
            size="sm"
            variant="danger"
            aria-label={`Revoke ${key.displayName ?? ""}`}
            onClick={onRevoke}
          >
            Revoke
          </Button>
        ) : (
          key.revokeTime && <Timestamp time={key.revokeTime} />
        )}
      </Td>
    </tr>
  );
}

function Revoke({ asked, onClose }: { asked: Key | null; onClose: () => void }) {
  const revoke = useRevokeKey();
  const name = asked?.displayName ?? "";
  const confirm = () =>
    revoke.mutate(asked?.keyId ?? "", {
      onSuccess: () => {
        toast.success(`${name} is revoked`);
        onClose();
      },
      onError: (thrown) => toast.error(asApiError(thrown).message),
    });
  return (
    <Confirm
      open={asked !== null}
      onOpenChange={(open) => !open && onClose()}
      title={`Revoke ${name}?`}
      description="Whoever shows it is refused at once, and its watches end. It cannot be taken back."
      deed="Revoke the key"
      danger
      busy={revoke.isPending}
      onConfirm={confirm}
    />
  );
}
