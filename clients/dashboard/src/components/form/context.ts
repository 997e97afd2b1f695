/** What all parts of a form share. */
import { createContext, useContext } from "react";

export interface FormFrame {
  /** The document in which references are looked up. */
  root: unknown;
  /** What is wrong with what stands at a path, if it is to be told already. */
  faultOf: (path: string) => string | undefined;
  /** Somebody has been at a path. */
  touch: (path: string) => void;
  /** The id of the control of a path. */
  idOf: (path: string) => string;
  /** Store a file as an artifact and return its id: offered beside fields for text. */
  upload?: ((file: File) => Promise<string>) | undefined;
  disabled?: boolean | undefined;
}

export const FormContext = createContext<FormFrame | null>(null);

export function useForm(): FormFrame {
  const found = useContext(FormContext);
  if (!found) throw new Error("a part of a form stands outside of one");
  return found;
}

export interface PartProps<Shaped = unknown> {
  shape: Shaped;
  path: string;
  /** What the field is called. */
  label: string;
  required: boolean;
  value: unknown;
  /** Undefined leaves the value out. */
  onChange: (value: unknown) => void;
}

/** What a control is given so that its label, note and fault are heard with it. */
export function controlOf(form: FormFrame, path: string, required: boolean) {
  const id = form.idOf(path);
  return {
    id,
    "aria-describedby": `${id}-note`,
    "aria-invalid": form.faultOf(path) !== undefined,
    "aria-required": required,
    disabled: form.disabled,
    onBlur: () => form.touch(path),
  };
}
