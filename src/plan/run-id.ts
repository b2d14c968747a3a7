/** `flow/person[/keyhash]/n` */
const RUN = /^[^/]+\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\//;

/** The person of a run, by its workflow id (`router/run-key.ts` makes it); null: no run of a flow has such an id. */
export function personOfRun(workflowId: string): string | null {
  return RUN.exec(workflowId)?.[1] ?? null;
}
