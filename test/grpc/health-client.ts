import { credentials, loadPackageDefinition } from '@grpc/grpc-js'
import { service } from 'grpc-health-check'

/** What the health service at `address` says of the whole server. */
export const healthOf = (address: string): Promise<string> => {
  const { Health } = loadPackageDefinition({ Health: service })
  if (typeof Health !== 'function') throw new Error('Expected a client of the health service')
  const client = new Health(address, credentials.createInsecure())
  return new Promise<string>((resolve, reject) => {
    client['check']?.({ service: '' }, (error: Error | null, answer: { readonly status: string }) =>
      error === null ? resolve(answer.status) : reject(error),
    )
  }).finally(() => client.close())
}
