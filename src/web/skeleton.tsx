/** Rows that stand where others will; they show up late, so that what is quick does not flicker. */
export const Skeleton = ({ rows }: { readonly rows: number }) => (
  <div className="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: rows }, (_, n) => (
      <span key={n} />
    ))}
  </div>
)
