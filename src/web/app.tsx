import { useEffect, useState } from 'react'
import { Announcer } from './announce.tsx'
import { CompareScreen } from './compare-screen.tsx'
import { Connection } from './connection.tsx'
import { Header } from './header.tsx'
import { HelpSheet } from './help-sheet.tsx'
import { followLinks, usePlace } from './router.ts'
import { RunScreen } from './run-screen.tsx'
import { RunsScreen } from './runs-screen.tsx'
import { SessionScreen } from './session-screen.tsx'
import { StatusScreen } from './status-screen.tsx'
import { useTaste } from './taste.ts'
import { TraceScreen } from './trace-screen.tsx'
import { useKeys } from './use-keys.ts'

/** The whole page: what stands on every screen, and the screen of the present path. */
export const App = () => {
  const [help, setHelp] = useState(false)
  const [theme] = useTaste('theme', 'system')
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  useEffect(() => {
    addEventListener('click', followLinks)
    return () => removeEventListener('click', followLinks)
  }, [])
  useKeys('everywhere', { help: () => setHelp(it => !it) })
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Header onHelp={() => setHelp(true)} />
      <Connection />
      <main id="main" tabIndex={-1}>
        <Screen />
      </main>
      <Announcer />
      {help && <HelpSheet onClose={() => setHelp(false)} />}
    </>
  )
}

const Screen = () => {
  const { path, query } = usePlace()
  const [, first, id, inner, innerId] = path.split('/').map(decoded)
  if (first === 'runs' && id) return <RunScreen key={id} id={id} artifact={inner === 'artifacts' ? innerId : undefined} />
  if (first === 'compare') return <CompareScreen a={query.get('a') ?? ''} b={query.get('b') ?? ''} />
  if (first === 'sessions' && id) return <SessionScreen id={id} />
  if (first === 'status') return <StatusScreen />
  if (first === 't' && id) return <TraceScreen trace={id} span={inner} />
  return <RunsScreen />
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
