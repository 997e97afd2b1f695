/** A part of a form that holds others: named, and there only if somebody wants it. */
import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";

import { useForm } from "@/components/form/context";
import { Needed, Note } from "@/components/form/Row";
import { Button } from "@/components/ui/button";
import type { Shape } from "@/lib/schema/shape";

interface Props {
  shape: Shape;
  path: string;
  label: string;
  required: boolean;
  outermost?: boolean | undefined;
  hint?: string;
  /** Whether there is a value. */
  present: boolean;
  onAdd: () => void;
  onRemove: () => void;
  children: ReactNode;
}

export function Group(props: Props) {
  const { shape, path, label, required, outermost, hint, present, onAdd, onRemove } = props;
  const form = useForm();
  if (outermost && present)
    return (
      <div className="grid min-w-0 gap-3">
        <Note shape={shape} path={path} hint={hint} />
        {props.children}
      </div>
    );
  return (
    <fieldset
      id={form.idOf(path)}
      aria-describedby={`${form.idOf(path)}-note`}
      disabled={form.disabled}
      className="grid min-w-0 gap-2"
    >
      <legend className="float-left contents text-[13px] font-medium">
        <span className="flex min-h-6 items-center justify-between gap-2">
          <span className="min-w-0 break-words">
            {label}
            {required && <Needed />}
          </span>
        </span>
      </legend>
      {present ? <div className="grid min-w-0 gap-3 border-l-2 pl-3">{props.children}</div> : null}
      <Note shape={shape} path={path} hint={hint} />
      <div>
        {!present && (
          <Button size="sm" onClick={onAdd}>
            <Plus aria-hidden />
            Fill in {label}
          </Button>
        )}
        {present && !required && (
          <Button size="sm" variant="ghost" className="text-soft" onClick={onRemove}>
            <X aria-hidden />
            Leave out {label}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
