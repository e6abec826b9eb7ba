import { marked, useMarks } from './marks.ts'
import { href, navigate, usePlace } from './router.ts'
import { useTaste } from './taste.ts'

const themes = ['system', 'light', 'dark'] as const

/** What stands above every screen: where to go, and how it looks. */
export const Header = ({ onHelp }: { readonly onHelp: () => void }) => {
  const { path } = usePlace()
  const marks = useMarks()
  const at = path.split('/')[1] ?? ''
  return (
    <header className="top">
      <a className="brand" href={href('/runs')}>
        runledger
      </a>
      <nav aria-label="Main">
        <a href={href('/runs')} aria-current={at === 'runs' || at === '' ? 'page' : undefined}>
          Runs
        </a>
        <a href={href(compareLink(marks))} aria-current={at === 'compare' ? 'page' : undefined}>
          Compare{marks.length > 0 ? ` (${marks.length})` : ''}
        </a>
        <a href={href('/status')} aria-current={at === 'status' ? 'page' : undefined}>
          Status
        </a>
        <a href={href('/api/')}>API</a>
      </nav>
      <span className="grow" />
      <Theme />
      <button type="button" className="quiet" onClick={onHelp} aria-keyshortcuts="?">
        Keys <kbd>?</kbd>
      </button>
    </header>
  )
}

/** The comparison of what is marked. */
export const compareLink = ([a = '', b = '']: readonly string[]): string => `/compare?${new URLSearchParams({ a, b })}`

/** Goes to the comparison, where two are marked. */
export const compareMarked = (): void => {
  if (marked().length === 2) navigate(compareLink(marked()))
}

const Theme = () => {
  const [theme, setTheme] = useTaste('theme', 'system')
  return (
    <label className="theme">
      <span className="unseen">Theme</span>
      <select value={theme} onChange={event => setTheme(event.currentTarget.value)}>
        {themes.map(it => (
          <option key={it} value={it}>
            {it}
          </option>
        ))}
      </select>
    </label>
  )
}
