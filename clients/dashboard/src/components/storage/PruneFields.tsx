/** Which ended runs shall go. */
import { Field, Input, Select } from "@/components/ui/input";
import { UNIT_NAMES, durationOf, type Unit } from "@/lib/storage";

export interface PruneChoice {
  /** Empty for all. */
  graph: string;
  /** What the retention policy says goes, whatever the age. */
  policy: boolean;
  amount: string;
  unit: Unit;
}

interface Props {
  choice: PruneChoice;
  graphs: readonly string[];
  onChange: (choice: PruneChoice) => void;
  disabled: boolean;
}

export function PruneFields({ choice, graphs, onChange, disabled }: Props) {
  const { graph, policy, amount, unit } = choice;
  const wrong = !policy && durationOf(amount, unit) === undefined;
  return (
    <fieldset disabled={disabled} className="grid gap-3">
      <Field label="Runs of" name="prune-graph">
        <Select
          id="prune-graph"
          value={graph}
          onChange={(event) => onChange({ ...choice, graph: event.target.value })}
        >
          <option value="">all graphs</option>
          {graphs.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
      </Field>
      <div role="radiogroup" aria-label="Which" className="grid gap-2 text-sm">
        <label className="flex items-center gap-2">
          <input
            type="radio"
            name="prune-which"
            checked={policy}
            onChange={() => onChange({ ...choice, policy: true })}
            className="accent-[var(--brand)]"
          />
          that the retention policy does not want to keep
        </label>
        <label className="flex items-center gap-2">
          <input
            type="radio"
            name="prune-which"
            checked={!policy}
            onChange={() => onChange({ ...choice, policy: false })}
            className="accent-[var(--brand)]"
          />
          that ended longer ago than
        </label>
      </div>
      {!policy && (
        <Field
          label="Longer ago than"
          name="prune-amount"
          hint="0 is every run that has ended."
          error={wrong ? "A number that is not below 0." : undefined}
        >
          <div className="flex gap-2">
            <Input
              id="prune-amount"
              inputMode="decimal"
              value={amount}
              aria-invalid={wrong}
              aria-describedby="prune-amount-note"
              onChange={(event) => onChange({ ...choice, amount: event.target.value })}
            />
            <Select
              aria-label="Unit"
              value={unit}
              onChange={(event) => onChange({ ...choice, unit: unitOf(event.target.value) })}
            >
              {UNIT_NAMES.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </div>
        </Field>
      )}
    </fieldset>
  );
}

function unitOf(value: string): Unit {
  return UNIT_NAMES.find((each) => each === value) ?? "days";
}
