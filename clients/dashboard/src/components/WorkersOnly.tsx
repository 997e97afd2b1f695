/** What a key is told that only serves as a worker: it may look at nothing. */
import { signOut } from "@/api/session";
import { Gate } from "@/components/Gate";
import { Button } from "@/components/ui/button";

export function WorkersOnly({ name }: { name: string }) {
  return (
    <Gate title="This key is for workers">
      <p className="text-sm text-soft">
        <strong className="font-medium text-ink">{name}</strong> may take runs and execute them, and
        nothing else. To look at runs, sign in with a key whose role is reader, runner or admin.
      </p>
      <Button variant="primary" onClick={signOut}>
        Sign in with another key
      </Button>
    </Gate>
  );
}
