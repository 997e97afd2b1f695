/** Opens the code for what is on the screen. */
import { Code } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useCurrentScreenCalls } from "@/lib/screen-call";

const Snippets = lazy(() => import("@/components/Snippets"));

export function ScreenCode() {
  const [open, setOpen] = useState(false);
  const calls = useCurrentScreenCalls();
  if (!calls.length && !open) return null;
  return (
    <>
      <Button variant="ghost" size="sm" onClick={() => setOpen(true)}>
        <Code aria-hidden />
        <span className="max-sm:sr-only">Code</span>
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Code for what is on the screen" wide>
        <Suspense fallback={<Loading what="the code" />}>
          <Snippets calls={calls} />
        </Suspense>
      </Dialog>
    </>
  );
}
