/** Light, dark, or as the machine is set. */
import { Monitor, Moon, Sun } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { chooseTheme, useDark, useTheme, type Theme } from "@/lib/theme";

export const THEME_CHOICES = [
  ["system", "As this machine", Monitor],
  ["light", "Light", Sun],
  ["dark", "Dark", Moon],
] as const satisfies readonly (readonly [Theme, string, typeof Sun])[];

export function ThemeMenu() {
  const chosen = useTheme();
  const Sign = useDark() ? Moon : Sun;
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label="Light or dark">
          <Sign aria-hidden />
        </Button>
      }
    >
      {THEME_CHOICES.map(([theme, label, Icon]) => (
        <MenuItem key={theme} onSelect={() => chooseTheme(theme)}>
          <Icon aria-hidden />
          {label}
          {theme === chosen && <span className="ml-auto text-brand">✓</span>}
        </MenuItem>
      ))}
    </Menu>
  );
}
