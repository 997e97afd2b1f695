/** What an address shows that is none of ours. */
import { Link } from "@tanstack/react-router";

import { Button } from "@/components/ui/button";
import { Empty } from "@/components/states";
import { useTitle } from "@/lib/title";

export function NotFound() {
  useTitle("Not found");
  return (
    <Empty title="There is no such page">
      <Button asChild>
        <Link to="/">See the runs</Link>
      </Button>
    </Empty>
  );
}
