import { execFileSync } from 'node:child_process'
import { z } from 'zod'

const Cruise = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({ violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })) }),
})

/** Below this dependency-cruiser has not understood the sources, and its silence means nothing. */
const minModules = 30

const output = execFileSync('depcruise', ['src', 'migrations', '--output-type', 'json', '--no-progress'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 ** 2,
  stdio: ['ignore', 'pipe', 'ignore'],
})
const { modules, summary } = Cruise.parse(JSON.parse(output))
const seen = modules.filter(({ source }) => /^(src|migrations)\//.test(source)).length
for (const { from, to, rule } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
console.log(`${seen} modules, ${summary.violations.length} arrows that may not be`)
if (seen < minModules) console.error(`Expected at least ${minModules} modules, dependency-cruiser saw ${seen}`)
process.exitCode = summary.violations.length > 0 || seen < minModules ? 1 : 0
