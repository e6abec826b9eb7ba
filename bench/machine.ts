import { readdirSync, readFileSync } from 'node:fs'

const ticksASecond = 100

type Stat = { readonly ppid: number; readonly cpuSeconds: number }

// /proc/<pid>/stat: the name in parentheses may hold spaces; fields are counted behind it.
const statOf = (pid: number): Stat | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return {
      ppid: Number(fields[1]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) / ticksASecond,
    }
  } catch {
    return undefined
  }
}

/** CPU seconds of a process and its living and reaped children. Linux only; 0 elsewhere. */
export const cpuOf = (pid: number): number => {
  const own = statOf(pid)?.cpuSeconds ?? 0
  try {
    const children = readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(name => statOf(Number(name)))
    return own + children.reduce((sum, child) => sum + (child?.ppid === pid ? child.cpuSeconds : 0), 0)
  } catch {
    return own
  }
}

/** Peak resident memory in MB. Linux only; 0 elsewhere. */
export const peakRssOf = (pid: number): number => {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024)
  } catch {
    return 0
  }
}

export const percentile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0
}
