/** Actions that an agent wants to be allowed: LangChain's human in the loop. */
import type { Message } from "@/api/types";
import { isRecord } from "@/lib/schema/resolve";

export type Decision = "approve" | "edit" | "reject";

export interface Action {
  name: string;
  args: unknown;
  description: string;
  allowed: readonly Decision[];
}

export type Decided =
  | { type: "approve" }
  | { type: "edit"; edited_action: { name: string; args: unknown } }
  | { type: "reject"; message?: string };

const ALL: readonly Decision[] = ["approve", "edit", "reject"];

/** Return the actions that a question is about; null if it is another question. */
export function actionsOf(value: unknown): readonly Action[] | null {
  if (!isRecord(value) || !Array.isArray(value["action_requests"])) return null;
  const requests = value["action_requests"] as unknown[];
  const configs = Array.isArray(value["review_configs"]) ? value["review_configs"] : [];
  if (!requests.length || !requests.every(isRecord)) return null;
  return requests.map((request) => {
    const name = String(request["name"] ?? request["action"] ?? "");
    return {
      name,
      args: request["args"] ?? request["arguments"] ?? {},
      description: String(request["description"] ?? ""),
      allowed: allowedOf(configs as unknown[], name),
    };
  });
}

/** Return the answer that the decisions make. */
export function decisionsAnswer(decisions: readonly Decided[]): unknown {
  return { decisions };
}

function allowedOf(configs: readonly unknown[], name: string): readonly Decision[] {
  const found = configs.find((each) => isRecord(each) && each["action_name"] === name);
  const said = isRecord(found) ? found["allowed_decisions"] : undefined;
  const allowed = Array.isArray(said) ? ALL.filter((each) => said.includes(each)) : ALL;
  return allowed.length ? allowed : ALL;
}

/** Return what a command's resume says: by id where several questions are open. */
export function resumeOf(
  open: readonly Message<"ThreadInterrupt">[],
  interruptId: string,
  answer: unknown,
): unknown {
  return open.length > 1 ? { [interruptId]: answer } : answer;
}
