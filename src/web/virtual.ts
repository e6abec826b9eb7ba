import { elementScroll, observeElementOffset, observeElementRect, type VirtualItem, Virtualizer } from '@tanstack/virtual-core'
import { useEffect, useLayoutEffect, useReducer, useState } from 'react'

type Options = {
  readonly count: number
  readonly scroller: { readonly current: HTMLElement | null }
  readonly height: (index: number) => number
  readonly keyOf: (index: number) => string | number
}

export type Virtual = {
  readonly items: readonly VirtualItem[]
  readonly total: number
  readonly show: (index: number, align?: 'auto' | 'start' | 'center' | 'end') => void
  readonly measure: () => void
  readonly first: number
  readonly perPage: number
}

/** Only the rows that can be seen, and a few around them. Heights are known beforehand. */
export const useVirtual = ({ count, scroller, height, keyOf }: Options): Virtual => {
  const [, paint] = useReducer((n: number) => n + 1, 0)
  const options = {
    count,
    estimateSize: height,
    getItemKey: keyOf,
    getScrollElement: () => scroller.current,
    overscan: 6,
    observeElementOffset,
    observeElementRect,
    scrollToFn: elementScroll,
    onChange: () => paint(0),
  }
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, Element>(options))
  virtualizer.setOptions(options)
  useEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  const items = virtualizer.getVirtualItems()
  return {
    items,
    total: virtualizer.getTotalSize(),
    show: (index, align = 'auto') => virtualizer.scrollToIndex(index, { align }),
    measure: () => virtualizer.measure(),
    first: items[0]?.index ?? 0,
    perPage: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / Math.max(1, height(0))) - 1),
  }
}
