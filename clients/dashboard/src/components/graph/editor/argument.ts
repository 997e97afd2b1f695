/** Arguments of tools as they are typed: `${state.key}`, or a value; pure. */
import { isObject, type Json } from "@/components/graph/editor/definition";

export interface Parameter {
  name: string;
  required: boolean;
  /** JSON Schema's word; empty where it does not say. */
  type: string;
  description: string;
  choices: readonly string[];
  default?: unknown;
}

/** Return the parameters that a tool's schema names. */
export function parametersOf(schema: unknown): readonly Parameter[] {
  if (!isObject(schema)) return [];
  const { properties, required } = schema;
  const needed: readonly unknown[] = Array.isArray(required) ? (required as unknown[]) : [];
  return Object.entries(isObject(properties) ? properties : {}).map(([name, each]) => {
    const property: Json = isObject(each) ? each : {};
    const { type, description, enum: choices } = property;
    return {
      name,
      required: needed.includes(name),
      type: typeof type === "string" ? type : "",
      description: typeof description === "string" ? description : "",
      choices: Array.isArray(choices) ? choices.filter((one) => typeof one === "string") : [],
      ...("default" in property ? { default: property["default"] } : {}),
    };
  });
}

/** Return an argument as it is shown to be typed. */
export function argumentText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Return what typed text means: a text where one is wanted, else the JSON that it is, if it is some. */
export function argumentFrom(text: string, type: string): unknown {
  if (text === "") return undefined;
  if (type === "string") return text;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
