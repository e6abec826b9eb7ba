type Settings = {
  readonly base: string
  readonly build: string
  readonly asksForToken: boolean
  readonly ingestNeedsToken: boolean
  readonly otlpPort: number | null
}

const none: Settings = { base: '', build: '', asksForToken: false, ingestNeedsToken: false, otlpPort: null }

const readSettings = (): Settings => {
  const said = document.querySelector('meta[name=runledger]')?.getAttribute('content') ?? ''
  try {
    return { ...none, ...JSON.parse(said) }
  } catch {
    return none
  }
}

/** What the server says of itself in the index. */
export const settings: Settings = readSettings()
