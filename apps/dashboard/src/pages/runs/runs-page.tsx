import type { PageProps } from '../../page-props';

export function RunsPage({ team }: PageProps) {
  return <h1>runs {team}</h1>;
}
