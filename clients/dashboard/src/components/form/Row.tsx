/** A control of a form with its label, what it is for, and what is wrong with it. */
import type { ReactNode } from "react";

import { useForm } from "@/components/form/context";
import { brief } from "@/lib/payload";
import type { Shape } from "@/lib/schema/shape";

interface Props {
  shape: Shape;
  path: string;
  label: string;
  required: boolean;
  /** What else may be said, bounds for example. */
  hint?: string;
  /** Stands at the right of the label. */
  beside?: ReactNode;
  children: ReactNode;
}

export function Row({ shape, path, label, required, hint, beside, children }: Props) {
  const form = useForm();
  return (
    <div className="grid min-w-0 gap-1">
      <div className="flex min-h-6 items-center justify-between gap-2">
        <label htmlFor={form.idOf(path)} className="min-w-0 break-words text-[13px] font-medium">
          {label}
          {/* What is in a list is there: that it is needed would be said of each. */}
          {required && !path.endsWith("]") && <Star />}
        </label>
        {beside}
      </div>
      {children}
      <Note shape={shape} path={path} hint={hint} />
    </div>
  );
}

/** Controls say by themselves that they are needed. */
function Star() {
  return (
    <span aria-hidden className="ml-0.5 text-danger">
      *
    </span>
  );
}

/** For what is no control. */
export function Needed() {
  return (
    <>
      <Star />
      <span className="sr-only"> (needed)</span>
    </>
  );
}

interface NoteProps {
  shape: Shape;
  path: string;
  hint?: string | undefined;
}

/** What a thing is for; what is wrong with it stands in the same place, in words. */
export function Note({ shape, path, hint }: NoteProps) {
  const form = useForm();
  const fault = form.faultOf(path);
  const otherwise = shape.fallback === undefined ? "" : `Otherwise ${brief(shape.fallback, 40)}.`;
  const said = [shape.description, hint && `${capital(hint)}.`, otherwise];
  return (
    <div id={`${form.idOf(path)}-note`} className="text-xs empty:hidden">
      {fault && (
        <p role="alert" className="text-danger">
          {fault}
        </p>
      )}
      {said.some(Boolean) && (
        <p className="whitespace-pre-line break-words text-soft">
          {said.filter(Boolean).join(" ")}
        </p>
      )}
    </div>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
