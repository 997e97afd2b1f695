/** What can be said of a new key. */
import { Field, Input, Select } from "@/components/ui/input";
import { ROLE_NAMES, ROLES, roleWord, type KeyDraft } from "@/lib/keys";

interface Props {
  draft: KeyDraft;
  faults: Partial<Record<keyof KeyDraft, string>>;
  /** Whether the caller may make keys for other namespaces. */
  everywhere: boolean;
  onChange: (draft: KeyDraft) => void;
}

export function KeyFields({ draft, faults, everywhere, onChange }: Props) {
  const typed = { draft, faults, onChange };
  const roles = everywhere ? ROLE_NAMES : ROLE_NAMES.filter((each) => each !== "ROLE_WORKER");
  return (
    <>
      <Typed {...typed} field="displayName" label="Name" hint="Shown in the audit log." />
      <Field label="Role" name="key-role" hint={ROLES[draft.role]} error={faults.role}>
        <Select
          id="key-role"
          value={draft.role}
          aria-describedby="key-role-note"
          onChange={(event) => {
            const role = ROLE_NAMES.find((each) => each === event.target.value);
            if (role) onChange({ ...draft, role });
          }}
        >
          {roles.map((each) => (
            <option key={each} value={each}>
              {roleWord(each)}
            </option>
          ))}
        </Select>
      </Field>
      {everywhere && draft.role !== "ROLE_WORKER" && (
        <Typed
          {...typed}
          field="namespace"
          label="Namespace"
          hint="Where it may act: * is everywhere; the one you act in if left empty."
        />
      )}
      <Typed
        {...typed}
        field="graphs"
        label="Graphs"
        hint="Ids, with commas between them; a prefix where one ends in *. All if left empty."
      />
      <Typed
        {...typed}
        field="days"
        label="Counts for, in days"
        hint="For ever if left empty."
        number
      />
      <details className="text-sm">
        <summary className="cursor-pointer text-[13px] font-medium">How often it may call</summary>
        <div className="mt-2 grid gap-3 sm:grid-cols-2">
          <Typed
            {...typed}
            field="callsPerSecond"
            label="Calls a second"
            hint="The server's setting if left empty."
            number
          />
          <Typed {...typed} field="burstCalls" label="At once, after a pause" number />
        </div>
      </details>
    </>
  );
}

interface TypedProps extends Omit<Props, "everywhere"> {
  field: Exclude<keyof KeyDraft, "role">;
  label: string;
  hint?: string;
  number?: boolean;
}

function Typed({ draft, faults, onChange, field, label, hint, number }: TypedProps) {
  const name = `key-${field}`;
  return (
    <Field label={label} name={name} hint={hint} error={faults[field]}>
      <Input
        id={name}
        value={draft[field]}
        inputMode={number ? "decimal" : "text"}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={!!faults[field]}
        aria-describedby={`${name}-note`}
        onChange={(event) => onChange({ ...draft, [field]: event.target.value })}
      />
    </Field>
  );
}
