/** Who the server takes the caller to be. */
import { LogOut } from "lucide-react";

import { useIdentity } from "@/api/identity";
import { chooseNamespace, signOut, useSession } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Card, Fact, Facts } from "@/components/ui/card";
import { roleWord } from "@/lib/keys";

export function Me() {
  const { data } = useIdentity();
  const { namespace } = useSession();
  return (
    <Card
      title="You"
      actions={
        data?.authenticated && (
          <Button size="sm" variant="ghost" onClick={signOut}>
            <LogOut aria-hidden />
            Sign out
          </Button>
        )
      }
    >
      <Facts>
        <Fact name="Known as">{data?.name}</Fact>
        <Fact name="Role">{roleWord(data?.role)}</Fact>
        <Fact name="Namespace">
          {data?.namespace}
          {namespace && (
            <Button size="sm" variant="ghost" className="ml-2" onClick={() => chooseNamespace("")}>
              Leave
            </Button>
          )}
        </Fact>
        <Fact name="Graphs">{data?.graphs?.join(", ") || "all"}</Fact>
        <Fact name="Reach">{data?.everywhere ? "all namespaces" : "this namespace"}</Fact>
      </Facts>
    </Card>
  );
}
