/** Short names for the messages of the API; every one comes from the OpenAPI document. */
import type { components } from "@/api/gen/schema";

export type Schemas = components["schemas"];
/** A message of `runwire.v1`, by its name in the protos. */
export type Message<Name extends string> = `runwire.v1.${Name}` extends keyof Schemas
  ? Schemas[`runwire.v1.${Name}`]
  : never;

export type Run = Message<"Run">;
export type RunStatus = Message<"RunStatus">;
export type RunSpec = Message<"RunSpec">;
export type RunEvent = Message<"RunEvent">;
export type Step = Message<"Step">;
export type Checkpoint = Message<"Checkpoint">;
export type RunState = Message<"RunState">;
export type Interrupt = Message<"Interrupt">;
export type Graph = Message<"Graph">;
export type Tool = Message<"Tool">;
export type Artifact = Message<"Artifact">;
export type Payload = Message<"Payload">;
export type Thread = Message<"Thread">;
export type Schedule = Message<"Schedule">;
export type Key = Message<"Key">;
export type Identity = Message<"Identity">;
export type Status = Schemas["google.rpc.Status"];
