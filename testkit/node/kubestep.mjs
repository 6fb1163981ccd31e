// A Kubernetes cluster for tests in Node: up in about a tenth of a second, gone with the process, even if that is
// killed.
//
//   import { start, shared } from './kubestep.mjs'
//   const cluster = await start('--nodes=5')     // private, with flags of `kubestep run`
//   const cluster = await shared()               // one for the process, as it was after its start
//   kubeConfig.loadFromFile(cluster.kubeconfig)
//   await cluster.reset(); await cluster.stop()
//
// Needs the command kubestep: in PATH, or named by KUBESTEP.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const command = process.env.KUBESTEP ?? 'kubestep'
const say = 'echo "$KUBESTEP_CLUSTER"; echo "$KUBECONFIG"; exec cat >&2'

export class Cluster {
  /** name: as `kubestep --name` takes it. kubeconfig: path of a file. */
  constructor (child, name, kubeconfig) {
    Object.assign(this, { child, name, kubeconfig })
  }

  /** Takes back all that was written since the start; watches of clients end with 410 and list anew. */
  async reset () {
    await promisify(execFile)(command, ['reset', '--name', this.name])
  }

  async stop () {
    this.child.ref()
    const over = once(this.child, 'close')
    this.child.stdin.end() // it ends when our end of its stdin closes
    await over
  }
}

/** A private cluster. */
export async function start (...flags) {
  const child = spawn(command, ['run', ...flags, '--', 'sh', '-c', say], { stdio: ['pipe', 'pipe', 'inherit'] })
  const failed = once(child, 'error').then(([error]) => { throw error })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const said = async () => (await lines.next()).value
  const [name, kubeconfig] = await Promise.race([failed, (async () => [await said(), await said()])()])
  if (!kubeconfig) throw new Error('kubestep run ended')
  for (const held of [child, child.stdin, child.stdout]) held.unref() // it keeps no process from ending
  return new Cluster(child, name, kubeconfig)
}

const clusters = new Map()

/** The cluster that all who ask with the same flags share, as it was after its start; it ends with the process. */
export async function shared (...flags) {
  const key = flags.join('\0')
  const known = clusters.get(key)
  if (!known) clusters.set(key, start(...flags))
  const cluster = await clusters.get(key)
  if (known) await cluster.reset()
  return cluster
}
