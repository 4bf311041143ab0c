/** Who may import whom. The rooms are told in CONTRIBUTING.md. */
const contexts = [
  'runs',
  'people',
  'locks',
  'workflows',
  'agents',
  'access',
  'archive',
  'catalogue',
  'triggers',
  'audit',
  'transparency',
  'erasure',
  'bulk',
  'saved-views',
];
const foundations = [
  'kernel',
  'events',
  'bus',
  'contracts',
  'config',
  'database',
  'ledger',
  'http',
  'observability',
  'tracing',
  'secrets',
  'personal',
  'expressions',
  'names',
  'terminal',
  'rebuild',
  'testing',
];
const libs = [...foundations, ...contexts];
/** The schemas of a context's events. */
const eventSchemas = '^libs/[^/]+/src/domain/event-schemas\\.ts$';
/** Specs, and what only they use. */
const specs = ['\\.spec\\.ts$', '/spec/'];
const lib = (name) => `^libs/${name}/`;
const anyOf = (names) => `^libs/(${names.join('|')})/`;

/** A lib imports these, and itself. */
const only = (name, allowed) => ({
  name: `${name}-imports-only`,
  severity: 'error',
  from: { path: lib(name), pathNot: specs },
  to: { path: anyOf(libs.filter((other) => other !== name && !allowed.includes(other))) },
});

/** A room of a context imports these libs, and these rooms of its own context. */
const room = (name, allowed, ownRooms) => [
  {
    name: `${name}-imports-only`,
    severity: 'error',
    from: { path: `^libs/(${contexts.join('|')})/src/${name}/`, pathNot: specs },
    to: { path: anyOf(foundations.filter((other) => !allowed.includes(other))) },
  },
  {
    name: `${name}-stays-in-its-rooms`,
    severity: 'error',
    from: { path: `^libs/(${contexts.join('|')})/src/${name}/`, pathNot: specs },
    to: { path: '^libs/$1/src/', pathNot: [name, ...ownRooms].map((own) => `^libs/$1/src/${own}/`) },
  },
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-nothing',
      severity: 'error',
      from: { path: lib('kernel'), pathNot: specs },
      to: { pathNot: ['^libs/kernel/', '^(node:)?crypto$'] },
    },
    only('events', ['kernel']),
    only('contracts', ['kernel']),
    only('bus', ['contracts', 'kernel']),
    only('config', ['kernel']),
    only('secrets', ['kernel']),
    only('personal', ['kernel', 'secrets']),
    only('names', []),
    only('expressions', []),
    only('database', ['kernel']),
    only('ledger', ['kernel', 'database']),
    only('http', ['kernel', 'contracts', 'ledger']),
    only('observability', ['kernel', 'http', 'access', 'terminal']),
    only('terminal', []),
    only('tracing', []),
    ...room('domain', ['kernel', 'events'], []),
    ...room(
      'application',
      ['kernel', 'bus', 'contracts', 'ledger', 'database', 'secrets', 'personal', 'expressions', 'names', 'tracing'],
      ['domain', 'read'],
    ),
    ...room('process', ['kernel', 'contracts', 'ledger', 'tracing'], ['domain', 'application']),
    ...room('read', ['kernel', 'contracts', 'ledger', 'database', 'secrets', 'personal'], ['domain']),
    ...room('http', ['kernel', 'contracts', 'http', 'secrets', 'personal'], ['application', 'read', 'domain']),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/[^/]+/src/domain/', pathNot: [...specs, eventSchemas] },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'domain-hashes-only-in-transparency',
      comment: 'Hashes and signatures are what its formats are made of.',
      severity: 'error',
      from: { path: '^libs/[^/]+/src/domain/', pathNot: [...specs, '^libs/transparency/'] },
      to: { path: '^(node:)?crypto$' },
    },
    {
      name: 'event-schemas-use-zod-alone',
      severity: 'error',
      from: { path: eventSchemas },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: '^node_modules/zod/' },
    },
    {
      name: 'events-only-from-schemas',
      comment: 'Rules do not check shapes: only the schemas of events know how one is written.',
      severity: 'error',
      from: { path: '^libs/[^/]+/src/domain/', pathNot: [...specs, eventSchemas] },
      to: { path: lib('events') },
    },
    ...contexts.map((name) => ({
      name: `${name}-knows-no-other-context`,
      severity: 'error',
      from: { path: lib(name), pathNot: specs },
      to: { path: anyOf(contexts.filter((other) => other !== name && other !== 'access')) },
    })),
    {
      name: 'access-only-from-http',
      comment: 'The guard and what it makes; a module takes access in for its controllers.',
      severity: 'error',
      from: {
        path: `^libs/(${contexts.filter((name) => name !== 'access').join('|')})/src/.+/`,
        pathNot: [...specs, '/src/http/'],
      },
      to: { path: lib('access') },
    },
    {
      name: 'libs-by-their-index',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/', pathNot: '^libs/testing/' },
      to: { path: '^libs/([^/]+)/src/(?!index\\.ts$)', pathNot: '^libs/$2/' },
    },
    {
      name: 'testing-only-from-specs',
      severity: 'error',
      from: { pathNot: [...specs, '^libs/testing/', '/test/'] },
      to: { path: lib('testing') },
    },
    {
      name: 'dashboard-knows-only-contracts',
      comment: 'It talks HTTP only; types of the bodies come from the contracts.',
      severity: 'error',
      from: { path: '^apps/dashboard/src/' },
      to: { path: ['^libs/', '^apps/'], pathNot: ['^apps/dashboard/src/', '^libs/contracts/src/index\\.ts$'] },
    },
    {
      name: 'dashboard-takes-types-alone',
      severity: 'error',
      from: { path: '^apps/dashboard/src/' },
      to: { path: '^libs/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'apps-are-imported-by-nobody',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/testing/' },
      to: { path: '^apps/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { conditionNames: ['source', 'require', 'node', 'default'], exportsFields: ['exports'] },
  },
};
