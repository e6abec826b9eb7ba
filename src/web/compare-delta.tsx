import type { Comparison } from '../model/api/comparison.ts'
import { cost, count, duration } from './format.ts'

const shown = (figure: string, n: number): string => {
  if (/_ms$|duration|time/.test(figure)) return duration(Math.abs(n))
  if (/cost/.test(figure)) return cost(Math.abs(n))
  return count(Math.abs(n))
}

/** The figures of two runs, and how far apart they are. */
export const CompareDelta = ({ deltas }: { readonly deltas: Comparison['deltas'] }) => (
  <div className="deltas" tabIndex={0} role="group" aria-label="Figures">
    <table>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          {deltas.map(it => (
            <th key={it.figure} scope="col" className="num">
              {it.figure.replace(/_ms$/, '').replaceAll('_', ' ')}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {(['a', 'b'] as const).map(side => (
          <tr key={side}>
            <th scope="row">{side.toUpperCase()}</th>
            {deltas.map(it => (
              <td key={it.figure} className="num">
                {it[side] === null ? '–' : shown(it.figure, it[side])}
              </td>
            ))}
          </tr>
        ))}
        <tr>
          <th scope="row">Δ</th>
          {deltas.map(it => (
            <td key={it.figure} className="num">
              {differenceOf(it)}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  </div>
)

const differenceOf = ({ figure, a, b }: Comparison['deltas'][number]): string => {
  if (a === null || b === null || a === b) return a === b ? '=' : '–'
  const share = a === 0 ? '' : ` (${b > a ? '+' : '−'}${Math.round((Math.abs(b - a) / Math.abs(a)) * 100)} %)`
  return `${b > a ? '+' : '−'}${shown(figure, b - a)}${share}`
}
