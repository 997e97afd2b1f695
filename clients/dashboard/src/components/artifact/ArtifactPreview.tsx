/** One artifact: what it is, what is in it, and what can be done with it. */
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { deleteArtifact, saveArtifact } from "@/api/artifacts";
import { asApiError } from "@/api/errors";
import { useMay } from "@/api/identity";
import type { Artifact } from "@/api/types";
import { Content } from "@/components/artifact/Content";
import { kindOf, planOf } from "@/components/artifact/kind";
import { CopyButton } from "@/components/CopyButton";
import { Refusal } from "@/components/run/Refusal";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card, Fact, Facts } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { bytes } from "@/lib/numbers";

interface Props {
  artifact: Artifact;
  onDeleted: () => void;
}

export function ArtifactPreview({ artifact, onDeleted }: Props) {
  const id = artifact.artifactId ?? "";
  const name = artifact.filename || id;
  return (
    <Card title={name} actions={<Deeds artifact={artifact} name={name} onDeleted={onDeleted} />}>
      <div className="grid min-w-0 gap-4">
        <Facts>
          <Fact name="Size">{bytes(artifact.sizeBytes)}</Fact>
          <Fact name="Type">
            <span title={artifact.contentType}>{artifact.contentType || "–"}</span>
          </Fact>
          <Fact name="Created">
            <Timestamp time={artifact.createTime} />
          </Fact>
          {artifact.runId && (
            <Fact name="Run">
              <Link
                to="/ui/runs/$runId"
                params={{ runId: artifact.runId }}
                className="font-mono text-brand underline"
              >
                {artifact.runId}
              </Link>
            </Fact>
          )}
          <Fact name="Id">
            <Copied text={id} what="the artifact's id" />
          </Fact>
          {artifact.sha256 && (
            <Fact name="SHA-256">
              <Copied text={artifact.sha256} what="the SHA-256" />
            </Fact>
          )}
        </Facts>
        <Shown key={id} artifact={artifact} name={name} />
      </div>
    </Card>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <span className="flex items-center gap-1">
      <span className="truncate font-mono text-[13px]" title={text}>
        {text}
      </span>
      <CopyButton text={text} what={what} />
    </span>
  );
}

function Shown({ artifact, name }: { artifact: Artifact; name: string }) {
  const plan = planOf(artifact);
  const [asked, setAsked] = useState(false);
  if (plan.show === "never") return <p className="text-sm text-soft">{plan.why}</p>;
  if (!plan.bytes) return <p className="text-sm text-soft">It is empty.</p>;
  if (plan.show === "when asked" && !asked)
    return (
      <div>
        <Button size="sm" onClick={() => setAsked(true)}>
          {plan.whole ? `Show all ${bytes(plan.bytes)}` : `Show the first ${bytes(plan.bytes)}`}
        </Button>
      </div>
    );
  return (
    <Content
      artifactId={artifact.artifactId ?? ""}
      kind={kindOf(artifact)}
      name={name}
      limit={plan.bytes}
      whole={plan.whole}
    />
  );
}

function Deeds({ artifact, name, onDeleted }: Props & { name: string }) {
  const [asked, setAsked] = useState(false);
  const may = useMay("run");
  const save = useMutation({
    mutationFn: () => saveArtifact(artifact),
    onError: (error) => toast.error(`${name} was not downloaded: ${asApiError(error).message}`),
  });
  const remove = useMutation({
    mutationFn: () => deleteArtifact(artifact.artifactId ?? ""),
    onSuccess: () => {
      setAsked(false);
      toast.success(`${name} is deleted.`);
      onDeleted();
    },
  });
  return (
    <div className="flex flex-wrap gap-2">
      <Button size="sm" disabled={save.isPending} onClick={() => save.mutate()}>
        <Download aria-hidden />
        {save.isPending ? "Downloading…" : "Download"}
      </Button>
      {may && (
        <Button size="sm" variant="danger" onClick={() => setAsked(true)}>
          <Trash2 aria-hidden />
          Delete
        </Button>
      )}
      <Confirm
        open={asked}
        onOpenChange={setAsked}
        title={`Delete ${name}?`}
        description="Runs that need it will not find it any more."
        deed="Delete the artifact"
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <Refusal error={remove.error} />
      </Confirm>
    </div>
  );
}
