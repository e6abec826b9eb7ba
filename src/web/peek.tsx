import { visible } from './format.ts'
import { href } from './router.ts'
import { useText } from './use-text.ts'

/** A run's text beside the list. */
export const Peek = ({ run, onClose }: { readonly run: string; readonly onClose: () => void }) => {
  const { text, error } = useText(`/api/runs/${run}/text?budget=4000&width=160`)
  return (
    <aside className="peek" aria-label="The run in short">
      <div className="peek-head">
        <a href={href(`/runs/${run}`)}>Open run</a>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <pre tabIndex={0}>{error?.message ?? visible(text ?? '')}</pre>
    </aside>
  )
}
