/** Stores a file and puts its artifact's id into a field: how a graph is given what is large. */
import { Paperclip } from "lucide-react";
import { useRef, useState } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { useForm } from "@/components/form/context";
import { Button } from "@/components/ui/button";

interface Props {
  label: string;
  onDone: (artifactId: string) => void;
}

export function UploadInto({ label, onDone }: Props) {
  const { upload } = useForm();
  const picker = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  if (!upload) return null;
  const store = async (file: File) => {
    setBusy(true);
    try {
      onDone(await upload(file));
    } catch (thrown) {
      toast.error(`${file.name} was not stored: ${asApiError(thrown).message}`);
    }
    setBusy(false);
  };
  return (
    <>
      <input
        ref={picker}
        type="file"
        className="hidden"
        aria-label={`File for ${label}`}
        tabIndex={-1}
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) void store(file);
          target.value = "";
        }}
      />
      <Button
        variant="ghost"
        size="sm"
        className="-my-1 h-7 px-1.5 text-xs text-soft"
        disabled={busy}
        aria-label={`Store a file as artifact for ${label}`}
        onClick={() => picker.current?.click()}
      >
        <Paperclip aria-hidden className="size-3.5!" />
        {busy ? "Storing…" : "File"}
      </Button>
    </>
  );
}
