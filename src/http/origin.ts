import { isIP } from 'node:net'

/** The name in a Host header, lower case, without its port; undefined where it is none. An IPv6 address keeps its brackets. */
export const nameOfHost = (host: string): string | undefined => {
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host)?.[1]
  return name?.toLowerCase()
}

const address = (name: string): string => name.replace(/^\[|\]$/g, '')

/** Whether a Host header says an address, not a name. */
export const isAddressHost = (host: string): boolean => isIP(address(nameOfHost(host) ?? '')) !== 0

/** Whether a Host header can only mean the machine it was sent on. `127.0.0.1.example` is a name like any other. */
export const isLoopbackHost = (host: string): boolean => {
  const name = nameOfHost(host) ?? ''
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** Whether a request is from no page at all, or from one of our own. What a browser says by `Sec-Fetch-Site` counts first. */
export const isSameOrigin = (
  host: string,
  origin: string | undefined,
  site: string | readonly string[] | undefined,
  publicUrl: string | undefined,
): boolean => {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const given = new URL(origin)
  return (
    given.host === host.toLowerCase() || (publicUrl !== undefined && URL.canParse(publicUrl) && new URL(publicUrl).origin === given.origin)
  )
}
