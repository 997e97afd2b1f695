/** Says beside a button why the server refused. */
import { inWords } from "@/components/run/refusals";

export function Refusal({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p
      role="alert"
      className="break-words rounded-md border border-danger/50 bg-danger-soft px-3 py-2 text-[13px] text-danger"
    >
      {inWords(error)}
    </p>
  );
}
