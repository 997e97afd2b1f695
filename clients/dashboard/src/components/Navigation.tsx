/** The pages, as links; those that only admins may see for admins only. */
import { Link } from "@tanstack/react-router";
import {
  Boxes,
  CalendarClock,
  Cpu,
  FileBox,
  HardDrive,
  KeyRound,
  ListTree,
  MessagesSquare,
  Play,
  Settings,
  type LucideIcon,
} from "lucide-react";

import { useMay, type Deed } from "@/api/identity";
import { useShortcut } from "@/lib/shortcuts";
import { useNavigate } from "@tanstack/react-router";

const PAGES = [
  { to: "/", label: "Runs", icon: ListTree, key: "r", deed: "read" },
  { to: "/ui/start", label: "Start a run", icon: Play, key: "n", deed: "run" },
  { to: "/ui/graphs", label: "Graphs", icon: Boxes, key: "g", deed: "read" },
  { to: "/ui/threads", label: "Threads", icon: MessagesSquare, key: "t", deed: "read" },
  { to: "/ui/artifacts", label: "Artifacts", icon: FileBox, key: "a", deed: "read" },
  { to: "/ui/schedules", label: "Schedules", icon: CalendarClock, key: "c", deed: "read" },
  { to: "/ui/workers", label: "Workers and queues", icon: Cpu, key: "w", deed: "read" },
  { to: "/ui/storage", label: "Storage", icon: HardDrive, key: "o", deed: "read" },
  { to: "/ui/keys", label: "Keys and audit", icon: KeyRound, key: "k", deed: "administer" },
  { to: "/ui/settings", label: "Settings", icon: Settings, key: "s", deed: "read" },
] as const satisfies readonly {
  to: string;
  label: string;
  icon: LucideIcon;
  key: string;
  deed: Deed;
}[];

interface Props {
  /** A page was chosen. */
  onChoose?: () => void;
  /** Whether the keys of the pages are taken here; once is enough. */
  keys?: boolean;
}

export function Navigation({ onChoose, keys = true }: Props) {
  return (
    <nav aria-label="Pages" className="grid gap-0.5 p-3">
      <Link
        to="/"
        onClick={onChoose}
        className="mb-3 flex items-center gap-2 px-2 pt-1 text-lg font-semibold tracking-tight"
      >
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={24} height={24} />
        Runwire
      </Link>
      {PAGES.map((page) => (
        <PageLink key={page.to} page={page} keys={keys} onChoose={onChoose} />
      ))}
    </nav>
  );
}

interface LinkProps extends Props {
  page: (typeof PAGES)[number];
}

function PageLink({ page, keys = true, onChoose }: LinkProps) {
  const navigate = useNavigate();
  const allowed = useMay(page.deed);
  useShortcut(
    `g>${page.key}`,
    `Go to ${page.label}`,
    () => void navigate({ to: page.to }),
    allowed && keys,
  );
  if (!allowed) return null;
  const { icon: Icon } = page;
  return (
    <Link
      to={page.to}
      onClick={onChoose}
      activeOptions={{ exact: page.to === "/", includeSearch: false }}
      className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-sm text-soft hover:bg-sunken hover:text-ink [&.active]:bg-brand-soft [&.active]:font-medium [&.active]:text-ink [&_svg]:size-4"
    >
      <Icon aria-hidden />
      {page.label}
    </Link>
  );
}
