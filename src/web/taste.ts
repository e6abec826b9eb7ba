import { useSyncExternalStore } from 'react'

/** What a person likes, kept by the browser; where storage is blocked, for as long as the tab lives. */
const kept = new Map<string, string>()
const listeners = new Set<() => void>()

const load = (name: string): string | undefined => {
  if (kept.has(name)) return kept.get(name)
  try {
    return localStorage.getItem(`runledger.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export const setTaste = (name: string, value: string): void => {
  kept.set(name, value)
  try {
    localStorage.setItem(`runledger.${name}`, value)
  } catch {
    // It lives as long as the tab.
  }
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const taste = (name: string, fallback: string): string => load(name) ?? fallback

/** A taste and how to change it. */
export const useTaste = (name: string, fallback: string): readonly [string, (value: string) => void] => [
  useSyncExternalStore(subscribe, () => taste(name, fallback)),
  value => setTaste(name, value),
]
