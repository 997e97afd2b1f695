/** Which entries of the audit log are shown; what is chosen stands in the address. */
import { X } from "lucide-react";
import { useId, useState, type FormEvent } from "react";

import { RULES } from "@/api/gen/rules";
import { Button } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/input";
import { CODES, SPANS, type AuditChoice } from "@/lib/audit";

const METHODS = Object.keys(RULES).sort();

interface Props {
  choice: AuditChoice;
  onChoose: (choice: AuditChoice) => void;
}

export function AuditFilters({ choice, onChoose }: Props) {
  const chosen = Object.values(choice).some(Boolean);
  return (
    <div className="grid grid-cols-2 items-end gap-2 p-3 md:grid-cols-3 xl:flex">
      <Text label="Caller" field="caller" placeholder="key:ci" {...{ choice, onChoose }} />
      <Text
        label="Method"
        field="method"
        placeholder="RunService.CancelRun"
        among={METHODS}
        {...{ choice, onChoose }}
      />
      <Text label="About" field="subject" placeholder="run_id=r-1" {...{ choice, onChoose }} />
      <Choice label="Result" field="result" {...{ choice, onChoose }}>
        <option value="">any</option>
        <option value="ok">done</option>
        <option value="refused">refused or failed</option>
        {CODES.slice(1).map((name, at) => (
          <option key={name} value={at + 1}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice label="When" field="since" {...{ choice, onChoose }}>
        <option value="">ever</option>
        {Object.entries(SPANS).map(([span, words]) => (
          <option key={span} value={span}>
            {words}
          </option>
        ))}
      </Choice>
      {chosen && (
        <Button variant="ghost" onClick={() => onChoose({})}>
          <X aria-hidden />
          Clear
        </Button>
      )}
    </div>
  );
}

interface TextProps extends Props {
  label: string;
  field: "caller" | "method" | "subject";
  placeholder: string;
  among?: readonly string[];
}

/** A text that counts when it is entered, or when the field is left. */
function Text(props: TextProps) {
  // What the address says begins anew what is typed.
  return <TypedText key={props.choice[props.field] ?? ""} {...props} />;
}

function TypedText({ label, field, placeholder, among, choice, onChoose }: TextProps) {
  const id = useId();
  const [text, setText] = useState(choice[field] ?? "");
  const settle = () => {
    const next = text.trim() || undefined;
    if (next !== choice[field]) onChoose({ ...choice, [field]: next });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    settle();
  };
  return (
    <form onSubmit={submit} className="grid min-w-0 gap-1 xl:flex-1">
      <label htmlFor={id} className="text-xs text-soft">
        {label}
      </label>
      <Input
        id={id}
        value={text}
        placeholder={placeholder}
        spellCheck={false}
        list={among ? `${id}-among` : undefined}
        onChange={(event) => setText(event.target.value)}
        onBlur={settle}
      />
      {among && (
        <datalist id={`${id}-among`}>
          {among.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </form>
  );
}

interface ChoiceProps extends Props {
  label: string;
  field: "result" | "since";
  children: React.ReactNode;
}

function Choice({ label, field, choice, onChoose, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className="grid min-w-0 gap-1">
      <label htmlFor={id} className="text-xs text-soft">
        {label}
      </label>
      <Select
        id={id}
        value={choice[field] ?? ""}
        onChange={(event) => onChoose({ ...choice, [field]: event.target.value || undefined })}
      >
        {children}
      </Select>
    </div>
  );
}
