/** Where a key means something. */
export type KeyScreen = 'runs' | 'run' | 'compare' | 'everywhere'

export type Key = {
  readonly action: string
  /** As `KeyboardEvent.key` has it; two, one after the other, with a space between. */
  readonly keys: readonly string[]
  readonly screen: KeyScreen
  readonly does: string
}

const on = (screen: KeyScreen, rows: readonly (readonly [action: string, keys: string, does: string])[]): readonly Key[] =>
  rows.map(([action, keys, does]) => ({ action, keys: keys.split('|'), screen, does }))

/** Every key of the page: what listens, the help sheet and the tests all read this. */
export const keyTable: readonly Key[] = [
  ...on('everywhere', [
    ['help', '?', 'show or hide this sheet'],
    ['close', 'Escape', 'close what is open, clear the filter'],
  ]),
  ...on('runs', [
    ['search', '/', 'go to the search'],
    ['next', 'j|ArrowDown', 'next run'],
    ['previous', 'k|ArrowUp', 'previous run'],
    ['first', 'Home|g', 'first run'],
    ['last', 'End|G', 'last run that is loaded'],
    ['pageDown', 'PageDown', 'a page down'],
    ['pageUp', 'PageUp', 'a page up'],
    ['open', 'Enter', 'open the run'],
    ['peek', ' ', 'peek into the run'],
    ['nextError', 'e', 'next run with errors'],
    ['previousError', 'E', 'previous run with errors'],
    ['mark', 'x', 'mark for comparing, two at most'],
    ['compare', 'c', 'compare what is marked'],
    ['live', 'l', 'live on or off'],
    ['copyLink', 'y l', 'copy the link of the run'],
    ['copyRun', 'y r', 'copy the id of the run'],
  ]),
  ...on('run', [
    ['search', '/', 'go to the filter of steps'],
    ['next', 'j|ArrowDown', 'next step'],
    ['previous', 'k|ArrowUp', 'previous step'],
    ['open', 'Enter| ', 'open or close the detail'],
    ['expand', 'ArrowRight', 'unfold, or first child'],
    ['collapse', 'ArrowLeft', 'fold, or parent'],
    ['first', 'Home|g', 'first step'],
    ['last', 'End|G', 'last step, and follow'],
    ['pageDown', 'PageDown', 'a page down'],
    ['pageUp', 'PageUp', 'a page up'],
    ['nextRun', 'J', 'next run of the list'],
    ['previousRun', 'K', 'previous run of the list'],
    ['nextError', 'e', 'next failed step'],
    ['previousError', 'E', 'previous failed step'],
    ['nextMatch', 'n', 'next match of the filter'],
    ['previousMatch', 'p', 'previous match of the filter'],
    ['collapseAll', '[', 'fold all groups'],
    ['expandAll', ']', 'unfold all groups'],
    ['view1', '1', 'Steps'],
    ['view2', '2', 'Timeline'],
    ['view3', '3', 'Artifacts'],
    ['view4', '4', 'Text'],
    ['view5', '5', 'Raw'],
    ['zoomIn', '+|=', 'zoom in'],
    ['zoomOut', '-', 'zoom out'],
    ['zoomFit', '0', 'whole run'],
    ['folded', '.', 'show or hide what was folded'],
    ['mark', 'x', 'mark for comparing'],
    ['jaeger', 'o', 'open the span in the tracing backend'],
    ['live', 'l', 'follow on or off'],
    ['copyLink', 'y l', 'copy the link of the step'],
    ['copyRun', 'y r', 'copy the id of the run'],
    ['copyTrace', 'y t', 'copy the trace id'],
    ['copySpan', 'y s', 'copy the span id'],
    ['copyValue', 'y v', 'copy the value of the step'],
    ['copyMarkdown', 'y m', 'copy the step as Markdown'],
  ]),
  ...on('compare', [
    ['next', 'j|ArrowDown', 'next row'],
    ['previous', 'k|ArrowUp', 'previous row'],
    ['first', 'Home|g', 'first row'],
    ['last', 'End|G', 'last row'],
    ['pageDown', 'PageDown', 'a page down'],
    ['pageUp', 'PageUp', 'a page up'],
    ['open', 'Enter| ', 'show the difference'],
    ['nextDifference', 'n', 'next difference'],
    ['previousDifference', 'p', 'previous difference'],
    ['swap', 'c', 'swap the two'],
    ['copyLink', 'y l', 'copy the link'],
  ]),
]

/** The action of a key on a screen, with the key before it where that began a pair. */
export const actionOf = (screen: KeyScreen, key: string, before: string | undefined): string | undefined => {
  const pressed = before === undefined ? key : `${before} ${key}`
  return keyTable.find(it => (it.screen === screen || it.screen === 'everywhere') && it.keys.includes(pressed))?.action
}

/** Whether a key begins a pair on a screen. */
export const beginsPair = (screen: KeyScreen, key: string): boolean =>
  keyTable.some(it => it.screen === screen && it.keys.some(keys => keys.length > 2 && keys.startsWith(`${key} `)))

const names: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
}

/** How people read a key. */
export const keyName = (keys: string): string => names[keys] ?? keys.replace(' ', ' then ')
