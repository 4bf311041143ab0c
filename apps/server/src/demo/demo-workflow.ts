/**
 * The demo for newcomers: a script builds something, a decision picks one of two ways to roll it out, and a join
 * reports. Params pass the results of each task to the next ones.
 */
export const demoWorkflow = {
  name: 'release-train',
  displayName: 'Release train',
  description: 'Builds, decides where to roll out, rolls out, and reports. The local agent executes every script.',
  timeout: 10,
  params: [
    {
      name: 'target',
      label: 'Where to',
      type: 'select',
      default: 'blue',
      required: true,
      options: [
        { key: 'blue', value: 'Blue' },
        { key: 'green', value: 'Green' },
      ],
    },
  ],
  tasks: [
    { name: 'start', type: 'start' },
    {
      name: 'build',
      type: 'script',
      results: [
        { name: 'version', description: 'What was built' },
        { name: 'checksum', description: 'Checksum of what was built' },
      ],
      spec: {
        script: [
          '#!/bin/sh',
          'set -e',
          'echo "building for $(params.target) ..."',
          'echo "hello from Runledger" > artifact.txt',
          'sleep 0.4',
          'printf "1.0.0" > "$(results.version.path)"',
          'cksum < artifact.txt | cut -d" " -f1 | tr -d "\\n" > "$(results.checksum.path)"',
          'echo "built version 1.0.0"',
        ].join('\n'),
      },
      dependencies: [{ taskRef: 'start' }],
    },
    {
      name: 'where',
      type: 'decision',
      params: [{ name: 'value', value: '$(params.target)' }],
      dependencies: [{ taskRef: 'build', executionCondition: 'success' }],
    },
    rollOut('blue', 'blue'),
    rollOut('green', 'green'),
    {
      name: 'report',
      type: 'script',
      params: [
        { name: 'version', value: '$(tasks.build.results.version)' },
        { name: 'checksum', value: '$(tasks.build.results.checksum)' },
      ],
      results: [{ name: 'summary', description: 'One line for people' }],
      spec: {
        script: [
          '#!/bin/sh',
          'set -e',
          'line="version $PARAM_VERSION (checksum $PARAM_CHECKSUM) is live on $(params.target)"',
          'echo "$line"',
          'printf "%s" "$line" > "$(results.summary.path)"',
        ].join('\n'),
      },
      dependencies: [{ taskRef: 'roll-out-blue' }, { taskRef: 'roll-out-green' }],
    },
    {
      name: 'publish',
      type: 'setwfproperty',
      params: [
        { name: 'output', value: 'summary' },
        { name: 'value', value: '$(tasks.report.results.summary)' },
      ],
      dependencies: [{ taskRef: 'report', executionCondition: 'success' }],
    },
    { name: 'end', type: 'end', dependencies: [{ taskRef: 'publish', executionCondition: 'success' }] },
  ],
};

function rollOut(color: string, decisionCondition: string) {
  return {
    name: `roll-out-${color}`,
    type: 'script',
    params: [{ name: 'version', value: '$(tasks.build.results.version)' }],
    results: [{ name: 'instances', description: 'How many instances were replaced' }],
    spec: {
      script: [
        '#!/bin/sh',
        'set -e',
        `for instance in 1 2 3; do echo "${color}: instance $instance now runs $PARAM_VERSION"; sleep 0.2; done`,
        'printf "3" > "$(results.instances.path)"',
      ].join('\n'),
    },
    dependencies: [{ taskRef: 'where', decisionCondition }],
  };
}
