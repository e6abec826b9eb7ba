import type { Command } from 'commander'
import { ExitError } from './exit.ts'
import { print } from './output.ts'

type Word = { readonly path: string; readonly words: readonly string[] }

const wordsOf = (command: Command, path: string): readonly Word[] => [
  { path, words: [...command.commands.map(it => it.name()), ...command.options.flatMap(it => it.long ?? [])] },
  ...command.commands.flatMap(it => wordsOf(it, `${path} ${it.name()}`)),
]

const shells: Readonly<Record<string, (words: readonly Word[]) => string>> = {
  bash: words => `_runledger() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path=runledger word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || path+=" $word"; done
  while :; do
    case "$path" in
${words.map(({ path, words: list }) => `      '${path}') COMPREPLY=($(compgen -W '${list.join(' ')}' -- "$cur")); return ;;`).join('\n')}
    esac
    [[ $path == *' '* ]] || return
    path=\${path% *}
  done
}
complete -F _runledger runledger`,
  zsh: words => `#compdef runledger
autoload -U +X bashcompinit && bashcompinit
${shells['bash']?.(words) ?? ''}`,
  fish: words =>
    words
      .flatMap(({ path, words: list }) => {
        const [, ...parts] = path.split(' ')
        const when = parts.length === 0 ? '__fish_use_subcommand' : parts.map(part => `__fish_seen_subcommand_from ${part}`).join('; and ')
        return list.map(word => `complete -c runledger -n '${when}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`}`)
      })
      .join('\n'),
}

/** Prints what makes a shell complete the commands and options of `program`. */
export const completion = (program: Command, shell: string): Promise<void> => {
  const write = shells[shell]
  if (write === undefined) throw new ExitError('usage', `Expected one of ${Object.keys(shells).join(', ')}, got "${shell}"`)
  return print(write(wordsOf(program, 'runledger')))
}
