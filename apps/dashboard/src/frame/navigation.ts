/** The pages in the bar. `key`: the letter after `g`. Add a page here, and its route in `routes.tsx`. */
export const navigation: readonly {
  readonly label: string;
  readonly key: string;
  readonly to: (team: string) => string;
}[] = [{ label: 'Runs', key: 'r', to: (team) => `/team/${team}/runs` }];
