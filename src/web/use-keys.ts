import { useEffect, useRef } from 'react'
import { actionOf, beginsPair, type KeyScreen } from './keys.ts'
import { taste } from './taste.ts'

type Actions = Readonly<Record<string, () => void>>

const pairMs = 1_500

/** Runs actions by the keyboard table, outside inputs, unless single keys are switched off. Only Escape works in inputs. */
export const useKeys = (screen: KeyScreen, actions: Actions): void => {
  const now = useRef(actions)
  now.current = actions
  useEffect(() => {
    let before: string | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      if (!isFree(event)) return
      const pair = before
      before = undefined
      clearTimeout(timer)
      const action = actionOf(screen, event.key, pair) ?? actionOf(screen, event.key, undefined)
      const run = action === undefined ? undefined : now.current[action]
      if (run !== undefined) {
        event.preventDefault()
        run()
      } else if (beginsPair(screen, event.key)) {
        before = event.key
        timer = setTimeout(() => {
          before = undefined
        }, pairMs)
      }
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [screen])
}

const isFree = (event: KeyboardEvent): boolean => {
  if (event.key === 'Escape') return true
  const target = event.target
  if (!(target instanceof Element)) return true
  if (target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], dialog') !== null) return false
  // What a focused control does with these is its own.
  if ((event.key === 'Enter' || event.key === ' ') && target.closest('button, a, summary, input, [role=tab]') !== null) return false
  return taste('keys', 'on') === 'on' || event.key.length > 1
}
