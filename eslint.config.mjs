import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const byName = { selector: 'ExportDefaultDeclaration', message: 'Export by name.' };
const clock = [
  'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
  'NewExpression[callee.name="Date"][arguments.length=0]',
].map((selector) => ({ selector, message: 'The time comes from the injected Clock.' }));

/** No pipe checks all bodies: a body with a schema that nobody looks at would come in unchecked. */
const unchecked = {
  selector: "Decorator > CallExpression[callee.name='Body'][arguments.length>0]",
  message: 'Take CheckedBody from #libs/http.',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.runledger/', '**/*.cjs', '**/*.mjs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // Nest's options are plain objects
      'no-restricted-syntax': ['error', byName, unchecked],
    },
  },
  {
    // A handler says what its sender may touch: the bus's decorators take no message without a reach.
    files: ['apps/**', 'libs/**'],
    ignores: ['libs/bus/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@nestjs/cqrs',
              importNames: ['CommandHandler', 'QueryHandler'],
              message: 'Take them from #libs/bus.',
            },
          ],
        },
      ],
    },
  },
  {
    // No room of a context knows the time by itself.
    files: ['libs/*/src/{domain,application,process,http}/**'],
    ignores: ['**/*.spec.ts', '**/spec/**'],
    rules: { 'no-restricted-syntax': ['error', byName, unchecked, ...clock] },
  },
  {
    // Views and queries only read: they send no command, append nothing, and their SQL writes nothing.
    files: ['libs/*/src/read/**'],
    ignores: ['**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { name: '@nestjs/cqrs', importNames: ['CommandBus', 'CommandHandler', 'QueryHandler'] },
            { name: '#libs/ledger', importNames: ['CommandProcessor', 'executeFor', 'executeAllFor', 'Timers'] },
            { name: '#libs/database', importNames: ['inTransaction'] },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        byName,
        ...clock,
        {
          selector:
            ':matches(TemplateElement[value.raw=/^\\s*(insert|update|delete)\\b/], Literal[value=/^\\s*(insert into|update|delete from) \\w/])',
          message: 'A read room only reads.',
        },
      ],
    },
  },
  {
    // The dashboard takes types from the contracts and nothing else of the libs: their code is for the server.
    files: ['apps/dashboard/src/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['#libs/*'], allowTypeImports: true, message: 'Import types only.' }] },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'global', '__dirname', 'require'],
    },
  },
  {
    // Specs look into bodies of every shape, and at states that change behind the compiler's back.
    files: ['**/*.spec.ts', '**/test/**', '**/spec/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
);
