/** The seven documented routes, ready to paste. `runId` absent: a placeholder stands in its place. */
export function curlLines(baseUrl: string, token: string, runId = '<workflowRunId>'): string {
  const base = `${baseUrl}/api/v2/team/demo/workflowrun`;
  const auth = '-H "Authorization: Bearer $TOKEN"';
  return [
    `TOKEN=${token}`,
    `curl ${auth} '${base}/query?limit=10&page=0&order=DESC'`,
    `curl ${auth} '${base}/count'`,
    `curl ${auth} '${base}/${runId}?withTasks=true'`,
    `curl ${auth} -X PUT '${base}/${runId}/start'`,
    `curl ${auth} -X PUT '${base}/${runId}/finalize'`,
    `curl ${auth} -X PUT '${base}/${runId}/retry'`,
    `curl ${auth} -X DELETE '${base}/${runId}/cancel'`,
  ]
    .map((each) => `  ${each}`)
    .join('\n');
}
