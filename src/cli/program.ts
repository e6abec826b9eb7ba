import { Command, Option } from 'commander'
import { completion } from './completion.ts'
import { printConfig, useConfigFile } from './config-file.ts'
import { deleteRuns } from './delete.ts'
import { demo } from './demo.ts'
import { dev } from './dev.ts'
import { diff } from './diff.ts'
import { doctor } from './doctor.ts'
import { exportFormats, exportRuns } from './export.ts'
import { importFiles } from './import.ts'
import { serveMcp } from './mcp.ts'
import { print, say } from './output.ts'
import { listQuarantine, replayQuarantined, showQuarantined } from './quarantine.ts'
import { rebuild } from './rebuild.ts'
import { replay } from './replay.ts'
import { runs } from './runs.ts'
import { migrateDatabase, serve } from './serve.ts'
import { show } from './show.ts'
import { tail } from './tail.ts'

const exits = `
Exit codes: 0 ok, 1 unexpected, 2 cancelled, 3 usage, 4 not allowed,
5 server unreachable, 6 nothing found or waited in vain, 7 errors found.
Data goes to stdout: tables on a terminal, else a line of JSON each.`

/** All commands of `runledger`. */
export const createProgram = (version: string): Command => {
  const program = new Command('runledger').description('The system of record for what AI agents did.').version(version).exitOverride()
  program
    .option('--config <file>', 'settings, below those of the environment (RUNLEDGER_CONFIG; ./runledger.yaml)')
    .addHelpText('after', exits)
  let fromFile: ReadonlySet<string> = new Set()
  program.hook('preAction', () => {
    fromFile = useConfigFile(program.opts<{ config?: string }>().config)
  })
  addServers(program)
  addReaders(program)
  addMovers(program)
  addKeepers(program)
  program
    .command('mcp')
    .description('serve the MCP tools on stdin and stdout, for coding agents')
    .option('--url <url>', 'the server to read from')
    .action((options: { url?: string }) => serveMcp(options, version))
  const config = program.command('config').description('the settings')
  config
    .command('print')
    .description('every setting and where it comes from, secrets left out')
    .option('--json', jsonText)
    .action(options => printConfig(fromFile, options))
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print what makes a shell complete commands')
    .action((shell: string) => completion(program, shell))
  return program
}

const jsonText = 'lines of JSON, also on a terminal'
const rangeText = 'an instant, or how long ago: 10m, 1h, 7d'

const reading = (command: Command): Command =>
  command.option('--url <url>', 'the server (RUNLEDGER_URL; else the running `dev`)').option('--json', jsonText)

const addServers = (program: Command): void => {
  program
    .command('dev')
    .description('run everything on this machine, with a Postgres of its own unless DATABASE_URL is set')
    .option('--no-demo', 'do not let the demo agent report a run')
    .action((options: { demo: boolean }) => dev(options, text => void print(text)))
  program.command('serve').description('run the server on the database of DATABASE_URL').action(serve)
  program
    .command('migrate')
    .description('bring the schema of DATABASE_URL up to date')
    .action(() => migrateDatabase(say))
  reading(program.command('doctor'))
    .description('look at everything on the way of a span, send one and read it back')
    .option('--endpoint <url>', 'where the span is sent: a Collector, or the server (OTEL_EXPORTER_OTLP_ENDPOINT)')
    .option('--timeout <duration>', 'how long it may take to come back', '15s')
    .option('--keep', 'do not delete the run of the span again')
    .action(doctor)
  reading(program.command('demo')).description('let a small agent report a run to the server, and show it').action(demo)
}

const addReaders = (program: Command): void => {
  reading(program.command('runs'))
    .description('list runs, newest first')
    .option('--status <status>', 'pending, running, completed, failed or cancelled')
    .option('--agent <agent>')
    .option('--session <session>')
    .option('--since <time>', rangeText)
    .option('-q, --query <text>', 'the query language of the page: tool:search cost>0.10 has:gap "two words"')
    .option('-n, --limit <number>', 'how many', '20')
    .option('--fail-on <what>', 'error: end with 7 where a run has failed or has errors')
    .action(runs)
  reading(program.command('show'))
    .argument('<run>', 'its id, or the beginning of it')
    .description('show a run, a line a step')
    .option('--step <number>', 'one step, whole')
    .option('--full', 'every step, whole')
    .option('--budget <tokens>', 'leave steps in the middle out beyond so many tokens')
    .action(show)
  reading(program.command('tail'))
    .argument('[run]', 'its id, or the beginning of it; else all runs')
    .description('follow runs as they happen')
    .option('--agent <agent>')
    .option('--status <status>')
    .option('--until-end', 'end when the run has ended')
    .action(tail)
  reading(program.command('diff'))
    .argument('<a>')
    .argument('<b>')
    .description('show two runs side by side, aligned by what they did')
    .option('--all', 'also the rows that are the same')
    .action(diff)
}

const addMovers = (program: Command): void => {
  program
    .command('export')
    .argument('[runs...]', 'their ids, or the beginnings of them; else all that match')
    .description('write runs to stdout or files, from the database')
    .addOption(new Option('--format <format>').choices(exportFormats).makeOptionMandatory())
    .option('-o, --out <path>', 'a file; a folder for otlp and parquet')
    .option('--resume', 'go on with an export that was cut off')
    .option('--from <time>', rangeText)
    .option('--until <time>', rangeText)
    .option('--agent <agent>')
    .option('--status <status>')
    .action(exportRuns)
  program
    .command('import')
    .argument('<paths...>', 'files of OTLP protobuf, or folders of an export')
    .description('send exported facts to the server; safe to repeat')
    .option('--url <url>', 'the server (RUNLEDGER_URL; else the running `dev`)')
    .option('--signal <signal>', 'traces or logs, where the name of a file does not begin so')
    .option('--resume', 'go on with an import that was cut off')
    .action(importFiles)
  program
    .command('replay')
    .argument('[runs...]', 'their ids, or the beginnings of them; else all that match')
    .description('send facts as they came on to another backend, from the database')
    .requiredOption('--to <url>', 'an OTLP/HTTP receiver: the URL below which /v1/traces is')
    .option('--header <header...>', 'name: value, for the receiver')
    .option('--from <time>', rangeText)
    .option('--until <time>', rangeText)
    .option('--agent <agent>')
    .option('--status <status>')
    .action(replay)
}

const addKeepers = (program: Command): void => {
  program
    .command('rebuild')
    .argument('[runs...]', 'their ids, or the beginnings of them')
    .description('make rows anew from the journal, while servers go on')
    .option('--all', 'of everything')
    .option('--older', 'of what an older mapping made, and what is parked')
    .option('--from <time>', `of runs that began since: ${rangeText}`)
    .option('--until <time>', rangeText)
    .option('--json', jsonText)
    .action(rebuild)
  reading(program.command('delete'))
    .argument('<runs...>')
    .description('delete runs for good, with their facts')
    .option('--yes', 'really')
    .action(deleteRuns)
  const quarantine = program.command('quarantine').description('what was refused')
  reading(quarantine.command('list')).option('--run <run>').option('-n, --limit <number>', 'how many', '50').action(listQuarantine)
  reading(quarantine.command('show')).argument('<id>').option('--raw', 'its bytes alone').action(showQuarantined)
  reading(quarantine.command('replay')).argument('<ids...>').description('send them once more').action(replayQuarantined)
}
