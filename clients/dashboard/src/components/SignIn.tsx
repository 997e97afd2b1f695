/** The way in, where the server asks who calls. */
import { useState, type FormEvent } from "react";

import type { ApiError } from "@/api/errors";
import { signIn, useSession } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { useTitle } from "@/lib/title";

export function SignIn({ error }: { error: ApiError }) {
  useTitle("Sign in");
  const { key: tried } = useSession();
  const [key, setKey] = useState("");
  const [keep, setKeep] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) signIn(key, keep);
  };
  return (
    <main className="grid min-h-full place-items-center p-4">
      <form onSubmit={submit} className="grid w-full max-w-sm gap-4 rounded-lg border bg-panel p-6">
        <div className="flex items-center gap-2 text-lg font-semibold">
          <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={28} height={28} />
          <h1>Runwire</h1>
        </div>
        <Field
          label="API key"
          name="key"
          hint="As `runwire keys create` shows it."
          error={tried ? `The server does not take this key: ${error.message}` : undefined}
        >
          <Input
            id="key"
            type="password"
            autoComplete="current-password"
            autoFocus
            value={key}
            onChange={(event) => setKey(event.target.value)}
            aria-invalid={!!tried}
            aria-describedby="key-note"
          />
        </Field>
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={keep}
            onChange={(event) => setKeep(event.target.checked)}
            className="size-4 accent-[var(--brand)]"
          />
          Keep me signed in on this machine
        </label>
        <Button variant="primary" type="submit" disabled={!key.trim()}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
