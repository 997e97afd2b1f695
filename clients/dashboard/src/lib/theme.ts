/** Light or dark: as the machine is set, unless somebody chose. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const NAME = "runwire.theme";
const THEMES: readonly Theme[] = ["system", "light", "dark"];
const listeners = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  const kept = localStorage.getItem(NAME) as Theme | null;
  return kept && THEMES.includes(kept) ? kept : "system";
}

/** Whether what is shown is dark. */
export function dark(): boolean {
  return theme() === "dark" || (theme() === "system" && system.matches);
}

export function chooseTheme(chosen: Theme): void {
  if (chosen === "system") localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, chosen);
  applyTheme();
}

/** Show the page as it was chosen; and again whenever the machine's setting changes. */
export function applyTheme(): void {
  document.documentElement.classList.toggle("dark", dark());
  for (const each of listeners) each();
}

system.addEventListener("change", applyTheme);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme);
}

/** Follow whether what is shown is dark: for what draws its colours itself. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, dark);
}
