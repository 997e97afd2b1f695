/** Light, dark, or as the machine is set. */
import { THEME_CHOICES } from "@/components/ThemeMenu";
import { Card } from "@/components/ui/card";
import { cn } from "@/lib/classes";
import { chooseTheme, useTheme } from "@/lib/theme";

export function Looks() {
  const chosen = useTheme();
  return (
    <Card title="Looks">
      <div role="radiogroup" aria-label="Light or dark" className="grid gap-2 sm:grid-cols-3">
        {THEME_CHOICES.map(([theme, label, Icon]) => (
          <label
            key={theme}
            className={cn(
              "flex cursor-pointer items-center gap-2 rounded-md border px-3 py-2 text-sm has-focus-visible:outline-2 has-focus-visible:outline-focus",
              theme === chosen ? "border-brand bg-brand-soft font-medium" : "hover:bg-sunken",
            )}
          >
            <input
              type="radio"
              name="theme"
              checked={theme === chosen}
              onChange={() => chooseTheme(theme)}
              className="sr-only"
            />
            <Icon aria-hidden className="size-4" />
            {label}
          </label>
        ))}
      </div>
    </Card>
  );
}
