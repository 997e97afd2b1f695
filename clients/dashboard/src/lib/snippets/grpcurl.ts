/** Calls as grpcurl: the server tells it the protos by reflection. */
import type { ScreenCall } from "@/lib/screen-call";
import { spelled } from "@/lib/snippets/curl";
import { command, type Word } from "@/lib/snippets/shell";
import { KEY_VARIABLE, NAMESPACE_HEADER, type Target } from "@/lib/snippets/target";

const UNIX = "unix:";

export function grpcurl({ rpc, request }: ScreenCall, target: Target): string {
  const { grpc, tls, auth, namespace } = target;
  const unix = grpc.startsWith(UNIX);
  const first: Word[] = ["grpcurl", ...(tls ? [] : ["-plaintext"]), ...(unix ? ["-unix"] : [])];
  return command(
    first,
    auth ? ["-H", { shell: `"authorization: Bearer $${KEY_VARIABLE}"` }] : [],
    namespace ? ["-H", `${NAMESPACE_HEADER}: ${namespace}`] : [],
    Object.keys(request).length ? ["-d", spelled(request)] : [],
    [unix ? grpc.slice(UNIX.length) : grpc, `runwire.v1.${rpc.replace(".", "/")}`],
  );
}
