type Dependency = {
  readonly taskRef: string;
  readonly executionCondition?: string;
  readonly decisionCondition?: string;
};

/** `a`, `a:success`, `a=blue` (what a decision gives). */
function after(...names: readonly string[]): readonly Dependency[] {
  return names.map((text) => {
    const [taskRef = '', decisionCondition] = text.split('=', 2);
    if (decisionCondition !== undefined) return { taskRef, decisionCondition };
    const [name = '', executionCondition = 'always'] = text.split(':', 2);
    return { taskRef: name, executionCondition };
  });
}

function script(name: string, text: string, dependencies: readonly string[], more: object = {}) {
  return { name, type: 'script', spec: { script: text }, dependencies: after(...dependencies), ...more };
}

function task(name: string, type: string, params: Readonly<Record<string, unknown>>, dependencies: readonly string[]) {
  return {
    name,
    type,
    params: Object.entries(params).map(([key, value]) => ({ name: key, value })),
    dependencies: after(...dependencies),
  };
}

const start = { name: 'start', type: 'start' };
const end = (...dependencies: readonly string[]) => ({
  name: 'end',
  type: 'end',
  dependencies: after(...dependencies),
});

const colours = String.raw`printf '\033[1mresolving\033[0m 212 packages\n\033[32m✓\033[0m lint\n\033[32m✓\033[0m types\n\033[33mwarning\033[0m: 3 tests are slow\n'; sleep 0.3; echo built 1.4.2 > "$RESULTS_DIR/version" 2>/dev/null || true; printf '\033[36mdone\033[0m in 0.3 s\n'`;

export const pipeline = {
  name: 'deploy-service',
  displayName: 'Deploy service',
  description: 'Builds, tests and rolls a service out, blue or green.',
  params: [
    { name: 'service', type: 'text', label: 'Service', required: true, default: 'checkout' },
    {
      name: 'colour',
      type: 'select',
      label: 'Colour',
      default: 'blue',
      options: [
        { key: 'blue', value: 'Blue' },
        { key: 'green', value: 'Green' },
      ],
    },
    { name: 'dryRun', type: 'boolean', label: 'Dry run', default: false },
  ],
  tasks: [
    start,
    script('checkout', 'echo cloning; sleep 0.2; echo HEAD is 4f2a91c', ['start']),
    script('build', colours, ['checkout:success']),
    script('unit-tests', 'for i in $(seq 1 40); do echo "ok $i - test number $i"; done; sleep 0.6', [
      'checkout:success',
    ]),
    script('scan', 'echo scanning 212 packages; sleep 0.4; echo no known vulnerabilities', ['checkout:success']),
    task('where', 'decision', { value: '$(params.colour)' }, ['build:success', 'unit-tests:success', 'scan:success']),
    script('roll-out-blue', 'echo rolling out to blue; sleep 0.5', ['where=blue']),
    script('roll-out-green', 'echo rolling out to green; sleep 0.5', ['where=green']),
    script('smoke-test', 'echo GET /health 200; sleep 0.2', ['roll-out-blue', 'roll-out-green']),
    task('publish', 'setwfproperty', { output: 'release', value: '1.4.2 on $(params.colour)' }, ['smoke-test:success']),
    end('publish:success'),
  ],
};

export const failing = {
  name: 'nightly-import',
  displayName: 'Nightly import',
  tasks: [
    start,
    script('download', 'echo downloading 3 files; sleep 0.2; echo 48,211 rows', ['start']),
    script(
      'validate',
      String.raw`printf 'row 17\nrow 18\n'; printf '\033[31merror\033[0m: row 19: amount is not a number: "12,5O"\n' >&2; exit 3`,
      ['download:success'],
    ),
    script('load', 'echo loading', ['validate:success']),
    script('tell-the-team', 'echo the import failed', ['validate:failure']),
    end('load:success'),
  ],
};

export const approval = {
  name: 'production-change',
  displayName: 'Production change',
  tasks: [
    start,
    script('plan', 'echo 3 to add, 1 to change, 0 to destroy', ['start']),
    task('sign-off', 'approval', {}, ['plan:success']),
    script('apply', 'echo applying; sleep 0.3; echo applied', ['sign-off:success']),
    script('discard', 'echo the plan is discarded', ['sign-off:failure']),
    end('apply:success'),
  ],
};

export const sleeper = {
  name: 'canary',
  displayName: 'Canary',
  tasks: [
    start,
    script('shift-traffic', 'echo 5 % of the traffic', ['start']),
    task('observe', 'sleep', { duration: 3_600_000 }, ['shift-traffic']),
    script('verdict', 'echo good', ['observe']),
    end('verdict:success'),
  ],
};

export const parent = {
  name: 'release-train',
  displayName: 'Release train',
  tasks: [
    start,
    task('deploy', 'runworkflow', { workflowRef: 'deploy-service', wait: true, service: 'checkout', colour: 'green' }, [
      'start',
    ]),
    end('deploy:success'),
  ],
};

export const endless = {
  name: 'mirror',
  displayName: 'Mirror of the archive',
  tasks: [
    start,
    script('copy', 'i=0; while true; do i=$((i+1)); echo "copied block $i"; sleep 1; done', ['start']),
    end('copy:success'),
  ],
};

/** A fan of many tasks, of which some fail. */
export function fan(width: number) {
  const names = Array.from({ length: width }, (_, index) => `shard-${String(index + 1).padStart(3, '0')}`);
  return {
    name: `fan-${width}`,
    displayName: `Reindex in ${width} shards`,
    tasks: [
      start,
      script('split', `echo ${width} shards`, ['start']),
      ...names.map((name, index) =>
        task(name, 'setwfproperty', { output: name, value: String(index) }, ['split:success']),
      ),
      script('merge', 'echo merged', names),
      end('merge:success'),
    ],
  };
}
