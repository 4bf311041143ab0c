interface Issue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

/** The most issues in one answer. */
const maxIssues = 50;

/** One sentence for each wrong field. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues.slice(0, maxIssues).map(describeIssue).join(' ');
}

function describeIssue({ message, path }: Issue): string {
  const names = (path ?? []).map((segment) =>
    typeof segment === 'object' && segment !== null && 'key' in segment ? String(segment.key) : String(segment),
  );
  const field = names.length > 0 ? names.join('.') : 'body';
  return `${field.slice(0, 200)}: ${message.slice(0, 500)}.`;
}
