/** Who is signed in, in which namespace, and the way out. */
import { CircleUser, LogOut } from "lucide-react";

import { useIdentity } from "@/api/identity";
import { signOut } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";

export function WhoAmI() {
  const { data } = useIdentity();
  if (!data?.authenticated) return null;
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Signed in as ${data.name ?? ""}`}>
          <CircleUser aria-hidden />
        </Button>
      }
    >
      <MenuLabel>
        <span className="block text-sm text-ink">{data.name}</span>
        {(data.role ?? "").replace("ROLE_", "").toLowerCase()} in {data.namespace}
      </MenuLabel>
      <MenuItem onSelect={signOut}>
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}
