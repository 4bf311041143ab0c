/** Who may import whom. The rooms are told in CONTRIBUTING.md. */
const contexts = ['runs', 'workflows', 'agents', 'access', 'catalogue', 'triggers'];
const lib = (name) => `^libs/${name}/`;
const anyOf = (names) => `^libs/(${names.join('|')})/`;
const foundations = [
  'kernel',
  'bus',
  'contracts',
  'config',
  'database',
  'ledger',
  'http',
  'observability',
  'access',
  'runs',
  'workflows',
  'agents',
  'catalogue',
  'triggers',
  'secrets',
  'expressions',
  'names',
  'testing',
];
const only = (from, allowed, options = {}) => ({
  name: `${from.name}-imports-only`,
  severity: 'error',
  from: { path: from.path, pathNot: '\\.spec\\.ts$' },
  to: { path: anyOf(foundations.filter((name) => !allowed.includes(name))), ...options },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'kernel-imports-nothing',
      severity: 'error',
      from: { path: lib('kernel'), pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/kernel/', '^(node:)?crypto$'] },
    },
    only({ name: 'contracts', path: lib('contracts') }, ['contracts', 'kernel']),
    only({ name: 'bus', path: lib('bus') }, ['bus', 'contracts', 'kernel']),
    only({ name: 'config', path: lib('config') }, ['config', 'kernel']),
    only({ name: 'secrets', path: lib('secrets') }, ['secrets', 'kernel']),
    only({ name: 'names', path: lib('names') }, ['names']),
    only({ name: 'expressions', path: lib('expressions') }, ['expressions']),
    only({ name: 'database', path: lib('database') }, ['database', 'kernel']),
    only({ name: 'ledger', path: lib('ledger') }, ['ledger', 'kernel', 'database']),
    only({ name: 'domain', path: '^libs/[^/]+/src/domain/' }, ['kernel', ...contexts]),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/[^/]+/src/domain/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['node_modules', '^libs/[^/]+/src/(application|read|http)/'] },
    },
    only({ name: 'http', path: lib('http') }, ['http', 'kernel', 'contracts', 'ledger']),
    ...contexts.map((name) => ({
      name: `${name}-knows-no-other-context`,
      severity: 'error',
      from: { path: lib(name), pathNot: ['\\.spec\\.ts$'] },
      to: { path: anyOf(contexts.filter((other) => other !== name && other !== 'access')) },
    })),
    {
      name: 'access-only-from-http',
      severity: 'error',
      from: {
        path: '^libs/(runs|workflows|agents|catalogue|triggers)/src/(domain|application|read)/',
        pathNot: '\\.spec\\.ts$',
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
      from: { pathNot: ['\\.spec\\.ts$', '^libs/testing/', '/test/'] },
      to: { path: lib('testing') },
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
