/** The way in, where the server asks who calls. */
import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState, type FormEvent } from "react";

import { identityOf } from "@/api/client";
import { asApiError, type ApiError } from "@/api/errors";
import { signIn } from "@/api/session";
import { Gate } from "@/components/Gate";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { useNow } from "@/lib/clock";
import { nextTry, refusal } from "@/lib/sign-in";

/** `error` is why the server refused what it was shown before, if it was shown anything. */
export function SignIn({ error }: { error: ApiError }) {
  const [key, setKey] = useState("");
  const [keep, setKeep] = useState(false);
  const [opens, setOpens] = useState(0);
  const left = Math.max(0, Math.ceil((opens - useNow()) / 1000));
  const attempt = useMutation({
    // A key that does not count never becomes the session's.
    mutationFn: () => identityOf(key.trim()),
    onSuccess: () => signIn(key, keep),
    onError: (thrown) => setOpens(nextTry(asApiError(thrown), Date.now())),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() && !left) attempt.mutate();
  };
  const said = refusal(attempt.error ? asApiError(attempt.error) : error, left);
  return (
    <Gate title="Sign in">
      <form onSubmit={submit} className="grid gap-4">
        <Field
          label="API key or token"
          name="key"
          hint="A key begins with rw_. An admin makes one with runwire keys create."
          error={attempt.isPending ? undefined : said || undefined}
        >
          <Input
            id="key"
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            autoFocus
            value={key}
            onChange={(event) => setKey(event.target.value)}
            aria-invalid={!!said}
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
        <Button
          variant="primary"
          type="submit"
          disabled={!key.trim() || left > 0 || attempt.isPending}
        >
          <KeyRound aria-hidden />
          {attempt.isPending ? "Signing in…" : left ? `Wait ${left} s` : "Sign in"}
        </Button>
      </form>
    </Gate>
  );
}
