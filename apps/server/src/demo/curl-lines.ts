/**
 * Example commands for the contract's routes; each succeeds if you paste the lines in their order.
 * @param token what the shell uses as the token.
 * @param settings that the shell needs for that.
 */
export function curlLines(baseUrl: string, token: string, settings: readonly string[] = []): string {
  return [
    ...(settings.length > 0 ? [`# With this server's ${settings.join(' and ')} exported:`] : []),
    `TOKEN=${token}`,
    `TEAM=${baseUrl}/api/v2/team/demo`,
    `AUTH="Authorization: Bearer $TOKEN"`,
    `JSON="Content-Type: application/json"`,
    `# Submit a run (an agent starts it); search for it; count; read it.`,
    `RUN=$(curl -sSf -H "$AUTH" -H "$JSON" -d '{}' "$TEAM/workflow/release-train/submit" | cut -d'"' -f4)`,
    `curl -sS -H "$AUTH" "$TEAM/workflowrun/query?workflows=release-train&order=DESC&limit=1"`,
    `curl -sS -H "$AUTH" "$TEAM/workflowrun/count"`,
    `curl -sS -H "$AUTH" "$TEAM/workflowrun/$RUN?withTasks=true"`,
    `# A run that waits for a person: cancel it, finalize it, and run it again.`,
    `RUN=$(curl -sSf -H "$AUTH" -H "$JSON" -d '{}' "$TEAM/workflow/sign-off/submit?start=true" | cut -d'"' -f4)`,
    `curl -sS -X DELETE -H "$AUTH" "$TEAM/workflowrun/$RUN/cancel"`,
    `curl -sS -X PUT -H "$AUTH" "$TEAM/workflowrun/$RUN/finalize"`,
    `curl -sS -X PUT -H "$AUTH" "$TEAM/workflowrun/$RUN/retry"`,
    `# Start a run yourself if there is no agent (--no-agent): curl -sS -X PUT -H "$AUTH" "$TEAM/workflowrun/$RUN/start"`,
  ]
    .map((each) => `  ${each}`)
    .join('\n');
}
