import type { Connection } from '@temporalio/client';

/** Ids that Temporal keeps with its data: they tell whether this is still the server on which our runs live. */
export type ClusterIdentity = { readonly cluster: string; readonly namespace: string };

/** @returns cluster id (GetClusterInfo) and namespace id (DescribeNamespace) */
export async function clusterIdentity(connection: Connection, namespace: string): Promise<ClusterIdentity> {
  const [cluster, described] = await Promise.all([
    connection.workflowService.getClusterInfo({}),
    connection.workflowService.describeNamespace({ namespace }),
  ]);
  return { cluster: cluster.clusterId, namespace: described.namespaceInfo?.id ?? '' };
}
