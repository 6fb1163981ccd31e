// testkit/node as a project would use it. Reads: KUBESTEP.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { shared, start } from './kubestep.mjs'

writeFileSync('pod.yaml',
  'apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: c, image: nginx}]}\n')
const walk = (cluster) => execFileSync(process.env.KUBESTEP, ['walk', '-f', 'pod.yaml', '--name', cluster.name])

test('a shared cluster begins anew each time', async () => {
  const first = await shared()
  walk(first)
  const second = await shared()
  assert.equal(second, first)
  walk(second) // the name is free again
})

test('a private cluster is gone afterwards', async () => {
  const cluster = await start('--nodes=1')
  walk(cluster)
  await cluster.reset()
  walk(cluster)
  assert.ok(existsSync(cluster.kubeconfig))
  await cluster.stop()
  assert.ok(!existsSync(cluster.kubeconfig))
})

test('what cannot start says so', async () => {
  await assert.rejects(start('--no-such-flag'), /kubestep run ended/)
})
