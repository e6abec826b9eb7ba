/** A JSON value that its protobuf field cannot hold: costs the item it is in. Never leaves this folder. */
export class Misfit extends Error {
  override readonly name = 'Misfit'
}
