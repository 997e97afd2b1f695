/** What is wrong with a value, as a list: for JSON, which has no fields to stand beside. */
import { useMemo } from "react";

import type { Violation } from "@/api/errors";
import { Faults } from "@/components/form/SchemaFields";
import { faultsOf } from "@/lib/schema/faults";

interface Props {
  schema: unknown;
  value: unknown;
  path: string;
  violations: readonly Violation[];
  showFaults: boolean;
}

export default function FaultList({ schema, value, path, violations, showFaults }: Props) {
  const found = useMemo(
    () => (showFaults ? faultsOf(schema, value, path) : []),
    [showFaults, schema, value, path],
  );
  return <Faults faults={[...found, ...violations]} />;
}
