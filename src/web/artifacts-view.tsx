import { useEffect, useState } from 'react'
import type { StepItem } from '../model/api/step-item.ts'
import type { Artifact, ArtifactPage } from '../model/artifact.ts'
import { bytes, line } from './format.ts'
import { ask, RequestError } from './request.ts'
import { href } from './router.ts'
import { useAnswer } from './use-answer.ts'
import { Value } from './value.tsx'

type Props = { readonly run: string; readonly steps: readonly StepItem[]; readonly chosen: string | undefined }

/** What a run made: a table, and the content of the one that is chosen, where it was sent along. */
export const ArtifactsView = ({ run, steps, chosen }: Props) => {
  const { value } = useAnswer<ArtifactPage>(`/api/runs/${run}/artifacts?limit=500`)
  const items = value?.items ?? []
  const artifact = items.find(it => it.id === chosen)
  if (value !== undefined && items.length === 0)
    return (
      <section className="nothing">
        <h2>No artifacts</h2>
        <p>
          A step names what it makes with an <code>agent.artifact</code> event.
        </p>
      </section>
    )
  return (
    <div className="artifacts">
      <h2 className="unseen">Artifacts</h2>
      <table>
        <thead>
          <tr>
            {['Path', 'Role', 'Type', 'Size', 'Step', 'SHA-256'].map(it => (
              <th key={it} scope="col">
                {it}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(it => (
            <Row key={it.id} artifact={it} isChosen={it.id === chosen} step={steps.find(step => step.id === it.step_id)} />
          ))}
        </tbody>
      </table>
      {value?.next != null && <p className="note">The first {items.length}; the API has the others.</p>}
      {artifact !== undefined && <Content key={artifact.id} artifact={artifact} />}
    </div>
  )
}

const Row = ({
  artifact,
  isChosen,
  step,
}: {
  readonly artifact: Artifact
  readonly isChosen: boolean
  readonly step: StepItem | undefined
}) => (
  <tr className={isChosen ? 'selected' : ''}>
    <th scope="row">
      <a href={href(`/runs/${artifact.run_id}/artifacts/${artifact.id}`)}>{line(artifact.path)}</a>
    </th>
    <td>{line(artifact.role)}</td>
    <td>{line(artifact.mime_type ?? '')}</td>
    <td className="num">{artifact.size_bytes === null ? '' : bytes(artifact.size_bytes)}</td>
    <td className="num">{step !== undefined && <a href={href(`/runs/${artifact.run_id}?step=${step.sequence}`)}>#{step.sequence}</a>}</td>
    <td>
      <code title={artifact.sha256 ?? ''}>{artifact.sha256?.slice(0, 12)}</code>
    </td>
  </tr>
)

type Loaded = { readonly text?: string; readonly image?: string; readonly missing?: string }
const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

const Content = ({ artifact }: { readonly artifact: Artifact }) => {
  const [loaded, setLoaded] = useState<Loaded>({})
  const path = `/api/runs/${artifact.run_id}/artifacts/${artifact.id}/content`
  const type = artifact.mime_type?.split(';')[0] ?? ''
  useEffect(() => {
    const gone = new AbortController()
    let image: string | undefined
    const load = async (): Promise<void> => {
      const response = await ask(path, { signal: gone.signal })
      if (imageTypes.includes(type)) {
        image = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type }))
        setLoaded({ image })
      } else if (isText(type)) setLoaded({ text: await response.text() })
      else setLoaded({})
    }
    load().catch(
      (error: unknown) => !gone.signal.aborted && setLoaded({ missing: error instanceof RequestError ? error.message : String(error) }),
    )
    return () => {
      gone.abort()
      if (image !== undefined) URL.revokeObjectURL(image)
    }
  }, [path, type])
  return (
    <div className="artifact">
      {loaded.missing !== undefined && <p className="note">The content is not here: {loaded.missing}. Its path and digest stay.</p>}
      {loaded.image !== undefined && <img src={loaded.image} alt={artifact.path} />}
      {loaded.text !== undefined && <Value title={line(artifact.path)} text={loaded.text} json={/json/.test(type)} />}
      {loaded.missing === undefined && (
        <a className="button" href={href(path)} download>
          Download
        </a>
      )}
    </div>
  )
}

const isText = (type: string): boolean => type.startsWith('text/') || /json|xml|yaml|javascript|csv/.test(type)
