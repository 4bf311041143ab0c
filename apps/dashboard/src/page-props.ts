/** What a page gets: the values of its path. */
export interface PageProps {
  readonly team: string;
  readonly values: Readonly<Record<string, string>>;
}
