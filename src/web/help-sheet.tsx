import { useEffect, useRef } from 'react'
import { type KeyScreen, keyName, keyTable } from './keys.ts'
import { useTaste } from './taste.ts'
import { useKeys } from './use-keys.ts'

const titles: readonly (readonly [KeyScreen, string])[] = [
  ['everywhere', 'Everywhere'],
  ['runs', 'List of runs'],
  ['run', 'One run'],
  ['compare', 'Comparison'],
]

/** Every key there is, from the table that listens to them. */
export const HelpSheet = ({ onClose }: { readonly onClose: () => void }) => {
  const sheet = useRef<HTMLDialogElement>(null)
  const [keys, setKeys] = useTaste('keys', 'on')
  useEffect(() => sheet.current?.showModal(), [])
  useKeys('everywhere', { close: onClose, help: onClose })
  return (
    <dialog className="sheet" ref={sheet} onClose={onClose} aria-label="Keyboard">
      <div className="sheet-head">
        <h2>Keyboard</h2>
        <label>
          <input type="checkbox" checked={keys === 'on'} onChange={event => setKeys(event.currentTarget.checked ? 'on' : 'off')} /> single
          keys
        </label>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <div className="sheet-body">
        {titles.map(([screen, title]) => (
          <section key={screen}>
            <h3>{title}</h3>
            <dl>
              {keyTable
                .filter(it => it.screen === screen)
                .map(it => (
                  <div key={it.action}>
                    <dt>
                      {it.keys.map(key => (
                        <kbd key={key}>{keyName(key)}</kbd>
                      ))}
                    </dt>
                    <dd>{it.does}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  )
}
