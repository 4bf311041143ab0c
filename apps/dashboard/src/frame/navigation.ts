/** The pages in the bar. `key`: the letter after `g`. Add a page here, and its route in `routes.tsx`. */
export const navigation: readonly {
  readonly label: string;
  readonly key: string;
  readonly to: (team: string) => string;
}[] = [
  { label: 'Runs', key: 'r', to: (team) => `/team/${team}/runs` },
  { label: 'Insights', key: 'i', to: (team) => `/team/${team}/insights` },
  { label: 'Workflows', key: 'w', to: (team) => `/team/${team}/workflows` },
  { label: 'Schedules', key: 's', to: (team) => `/team/${team}/schedules` },
  { label: 'Approvals', key: 'p', to: (team) => `/team/${team}/approvals` },
  { label: 'Audit', key: 'a', to: (team) => `/team/${team}/audit` },
  { label: 'Operations', key: 'o', to: (team) => `/team/${team}/operations` },
  { label: 'Team', key: 't', to: (team) => `/team/${team}/settings` },
];
