import { useSyncExternalStore } from 'react'
import { settings } from './settings.ts'

export type Place = { readonly path: string; readonly query: URLSearchParams; readonly hash: string }

const listeners = new Set<() => void>()
const tell = (): void => {
  current = read()
  for (const listener of listeners) listener()
}

const read = (): Place => ({
  path: location.pathname.startsWith(settings.base) ? location.pathname.slice(settings.base.length) || '/' : location.pathname,
  query: new URLSearchParams(location.search),
  hash: location.hash,
})

let current = read()
addEventListener('popstate', tell)
addEventListener('hashchange', tell)

/** A path of ours as a link has it. */
export const href = (path: string): string => settings.base + path

/** Goes to a path of ours; `replace` where the way back should skip the present one. */
export const navigate = (path: string, { replace = false } = {}): void => {
  if (replace) history.replaceState(null, '', href(path))
  else history.pushState(null, '', href(path))
  tell()
}

/** Sets parameters of the present place; null takes one away. */
export const setQuery = (changes: Readonly<Record<string, string | null>>, options = { replace: true }): void => {
  const query = new URLSearchParams(current.query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  const next = `${current.path}${text === '' ? '' : `?${text}`}`
  if (next !== `${current.path}${location.search}`) navigate(next, options)
}

/** Where the page is. */
export const usePlace = (): Place =>
  useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )

/** Follows a click on a link of ours without loading; what the browser does with a click of its own stays. */
export const followLinks = (event: MouseEvent): void => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return
  const url = new URL(link.href)
  const isOurs = url.origin === location.origin && url.pathname.startsWith(settings.base)
  const path = url.pathname.slice(settings.base.length)
  if (!isOurs || path.startsWith('/api') || (url.pathname === location.pathname && url.hash !== '')) return
  event.preventDefault()
  navigate(path + url.search + url.hash)
  scrollTo(0, 0)
}
