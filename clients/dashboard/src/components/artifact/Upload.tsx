/** Stores files as artifacts: chosen, or dropped anywhere on what it surrounds. */
import { useMutation } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import { toast } from "sonner";

import { uploadArtifact } from "@/api/artifacts";
import { asApiError } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";

/** Store files one after the other; what fails is told by its name. */
export function useUpload(onDone: (artifactId: string) => void) {
  return useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) {
        try {
          const { artifactId = "" } = await uploadArtifact(file);
          toast.success(`${file.name} is stored.`);
          onDone(artifactId);
        } catch (thrown) {
          toast.error(`${file.name} was not stored: ${asApiError(thrown).message}`);
        }
      }
    },
  });
}

export function UploadButton({ upload }: { upload: ReturnType<typeof useUpload> }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        className="hidden"
        aria-label="Files to store"
        tabIndex={-1}
        onChange={({ target }) => {
          if (target.files?.length) upload.mutate([...target.files]);
          target.value = "";
        }}
      />
      <Button variant="primary" disabled={upload.isPending} onClick={() => picker.current?.click()}>
        <Upload aria-hidden />
        {upload.isPending ? "Storing…" : "Upload"}
      </Button>
    </>
  );
}

interface ZoneProps {
  upload: ReturnType<typeof useUpload> | null;
  children: ReactNode;
}

export function DropZone({ upload, children }: ZoneProps) {
  const [over, setOver] = useState(false);
  if (!upload) return <>{children}</>;
  return (
    <div
      className={cn(
        "rounded-lg",
        over && "outline-2 outline-dashed outline-offset-4 outline-brand",
      )}
      onDragOver={(event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        const to = event.relatedTarget;
        if (!(to instanceof Node && event.currentTarget.contains(to))) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer.files.length) upload.mutate([...event.dataTransfer.files]);
      }}
    >
      {children}
    </div>
  );
}
