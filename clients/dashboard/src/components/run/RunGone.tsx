/** A run that cannot be shown: there is none, it was deleted, or one may not see it. */
import { Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";

import { CODE, type ApiError } from "@/api/errors";
import { PageHeader } from "@/components/PageHeader";
import { Empty, Failed } from "@/components/states";
import { Button } from "@/components/ui/button";

interface Props {
  runId: string;
  error: ApiError;
  onRetry: () => void;
}

export function RunGone({ runId, error, onRetry }: Props) {
  return (
    <>
      <PageHeader title={runId} mono />
      {error.code === CODE.notFound ? (
        <Empty title="There is no such run" icon={SearchX}>
          <p>
            It may have been deleted, by somebody or because of its age, or it is in another
            namespace.
          </p>
          <Button asChild size="sm" className="mt-3">
            <Link to="/">Show all runs</Link>
          </Button>
        </Empty>
      ) : (
        <Failed error={error} what="watch the run" onRetry={onRetry} />
      )}
    </>
  );
}
