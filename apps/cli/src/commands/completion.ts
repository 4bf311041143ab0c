import { Argument, type Command } from 'commander';
import { write } from '../output';
import { examples } from './parts';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a script that completes commands and options in a shell')
    .description('Prints a script for your shell, which completes commands and options.')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      examples('source <(runledger completion bash)', 'runledger completion zsh > "${fpath[1]}/_runledger"'),
    )
    .action((shell: string) => write(shell === 'bash' ? bashScript(program) : zshScript(program)));
}

/** A command, as it is typed, and the words that may follow it. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
}

function placesOf(command: Command, path: readonly string[] = []): Place[] {
  const options = command.createHelp().visibleOptions(command);
  const words = [
    ...command.commands.map((each) => each.name()),
    ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    ...options.flatMap(({ long }) => long ?? []),
  ];
  const own = { path: path.join(' '), words: [...new Set(words)] };
  return [own, ...command.commands.flatMap((each) => placesOf(each, [...path, each.name()]))];
}

/** The branches of a `case` over the path, in both shells. */
function branches(program: Command, reply: (words: string) => string): string {
  return placesOf(program)
    .map(({ path, words }) => `    "${path}") ${reply(words.join(' '))} ;;`)
    .join('\n');
}

function paths(program: Command): string {
  return placesOf(program)
    .flatMap(({ path }) => (path === '' ? [] : [`"${path}"`]))
    .join('|');
}

function bashScript(program: Command): string {
  return `# Completes runledger in bash: source <(runledger completion bash)
_runledger() {
  local place="" next word current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${place:+$place }$word"
    case "$next" in ${paths(program)}) place="$next" ;; esac
  done
  case "$place" in
${branches(program, (words) => `COMPREPLY=($(compgen -W "${words}" -- "$current"))`)}
  esac
}
complete -o default -F _runledger runledger
`;
}

/** `path` is zsh's own. */
function zshScript(program: Command): string {
  return `#compdef runledger
# Completes runledger in zsh: put it into a folder of $fpath as _runledger.
_runledger() {
  local place="" next word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${place:+$place }$word"
    case "$next" in ${paths(program)}) place="$next" ;; esac
  done
  case "$place" in
${branches(program, (words) => `compadd -- ${words}`)}
  esac
}
if [ "$funcstack[1]" = "_runledger" ]; then _runledger "$@"; else compdef _runledger runledger; fi
`;
}
